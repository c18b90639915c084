//! `cilium-removed-value`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Safety, Severity};
use crate::model::Network;
use crate::model::cilium::{CiliumSettings, Notation};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cilium-removed-value.md"),
    check: Check::Network(check),
};

/// `templates/validate.yaml` of the chart aborts on `tunnel` since this version.
const WITHOUT_TUNNEL: (u32, u32) = (1, 15);
/// It takes nothing but `true` and `false` for `kubeProxyReplacement`.
const WITHOUT_WORDS: (u32, u32) = (1, 20);
/// The name that a cluster has when nobody gives it one, `ClusterName` in Cilium's
/// `pkg/defaults/cluster.go`.
const DEFAULT_NAME: &str = "default";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for settings in &network.cilium.settings {
        // What a chart has for defaults goes with the chart.
        if settings.object.is_chart_default() {
            continue;
        }
        if settings.config.notation == Notation::Values {
            removed_tunnel(settings, findings);
            removed_words(settings, findings);
        }
        cluster_id(settings, findings);
    }
}

fn removed_tunnel(settings: &CiliumSettings<'_>, findings: &mut Findings<'_>) {
    let Some(tunnel) = settings.config.tunnel.known() else { return };
    let (key, value) = match tunnel.trim() {
        "disabled" => ("routingMode", "native"),
        word @ ("vxlan" | "geneve") => ("tunnelProtocol", word),
        _ => return,
    };
    // With both, somebody has values for old and new charts.
    let config = &settings.config;
    if settings.version.is_none()
        && !(config.routing_mode.is_absent() && config.tunnel_protocol.is_absent())
    {
        return;
    }
    let Some((severity, whose)) = since(settings, WITHOUT_TUNNEL) else { return };
    let message = format!("{whose} does not take `tunnel`, which went with 1.15");
    let mut changes = vec![Change::Rename { place: tunnel.span, key: key.to_owned() }];
    if value != tunnel.value {
        changes.push(Change::write(tunnel.span, &*tunnel.value, value));
    }
    let title = format!("write `{key}: {value}`");
    findings.add(
        Diagnostic::new(severity, tunnel.span.label(""), message)
            .help(format!("set `{key}: {value}` instead"))
            .mend(Mend { title, safety: Safety::Unsafe, changes }),
    );
}

fn removed_words(settings: &CiliumSettings<'_>, findings: &mut Findings<'_>) {
    let Some(replacement) = settings.config.kube_proxy_replacement.known() else { return };
    let word = replacement.trim();
    let instead = match word {
        "strict" => "write `true`",
        "disabled" => "write `false`",
        "partial" | "probe" => {
            "write `true` for all that kube-proxy does, or `false` and the single features"
        }
        _ => return,
    };
    let Some((severity, whose)) = since(settings, WITHOUT_WORDS) else { return };
    let message =
        format!("{whose} takes `true` or `false` for `kubeProxyReplacement`, not `{word}`");
    let plain = match word {
        "strict" => Some("true"),
        "disabled" => Some("false"),
        _ => None,
    };
    let mend = plain.map(|plain| {
        let change = Change::write(replacement.span, &*replacement.value, plain);
        Mend::risky(format!("write `{plain}`"), change)
    });
    findings.add(
        Diagnostic::new(severity, replacement.span.label(""), message).help(instead).mend_all(mend),
    );
}

/// How bad a value is that the chart refuses since a version, and who refuses it.
fn since(settings: &CiliumSettings<'_>, version: (u32, u32)) -> Option<(Severity, String)> {
    let newer = |(major, minor): (u32, u32)| format!("the chart {major}.{minor} of Cilium");
    match settings.version {
        Some(named) if named.lowest >= version => {
            let severity = if named.guessed { Severity::Warning } else { Severity::Error };
            Some((severity, newer(named.lowest)))
        }
        Some(named) if named.only => None,
        _ => {
            let (major, minor) = version;
            let whose = format!("the chart of Cilium from {major}.{minor} on");
            Some((Severity::Warning, whose))
        }
    }
}

fn cluster_id(settings: &CiliumSettings<'_>, findings: &mut Findings<'_>) {
    let config = &settings.config;
    let Some(id) = config.cluster_id.known() else { return };
    let field = config.name("cluster-id", "cluster.id");
    let Ok(number) = id.trim().parse::<i64>() else { return };
    let largest = match config.max_connected_clusters.value().map(|text| text.trim()) {
        None if config.max_connected_clusters.is_absent() => 255,
        Some("255") => 255,
        // Another number is refused for itself.
        _ => 511,
    };
    if !(0..=largest).contains(&number) {
        let message = format!("`{field}` is {number}, and Cilium takes 0 to {largest}");
        let mut diagnostic = Diagnostic::error(id.span.label(""), message);
        if (256..=511).contains(&number) {
            let max = config.name("max-connected-clusters", "clustermesh.maxConnectedClusters");
            diagnostic =
                diagnostic.help(format!("for ids up to 511, set `{max}: 511` in every cluster"));
        }
        findings.add(diagnostic);
        return;
    }
    let name = config.name("cluster-name", "cluster.name");
    let written = config.cluster_name.known().filter(|name| name.trim() == DEFAULT_NAME);
    let left_out = config.cluster_name.is_absent()
        && settings.chart.is_some_and(|values| values.complete)
        && settings.has_defaults_of_chart();
    if number == 0 || (written.is_none() && !left_out) {
        return;
    }
    let message = match written {
        Some(_) => format!("`{name}` is `{DEFAULT_NAME}`, which no cluster with an id may have"),
        None => format!("`{field}` is {number} without `{name}`, and Cilium does not start"),
    };
    let place = written.map_or(id.span, |name| name.span);
    findings.add(
        Diagnostic::error(place.label(""), message)
            .related_all(written.map(|_| id.span.label(format!("the id is {number}"))))
            .help(format!("set `{name}` to a name that no other cluster has")),
    );
}
