//! `pod-hostnetwork-dns`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::host_names::NameKind;
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-hostnetwork-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        findings.extend(look_at(network, workload));
    }
}

fn look_at(network: &Network<'_>, workload: &Workload<'_>) -> Option<Diagnostic> {
    let pod = &workload.spec.pod;
    let cluster_first = match &pod.dns_policy {
        Field::Absent => true,
        Field::Known(policy) => policy.value == "ClusterFirst",
        Field::Unknown(_) => return None,
    };
    let patched =
        workload.is_patched(|pod| !pod.dns_policy.is_absent() || !pod.dns_config.is_absent());
    if patched {
        return None;
    }
    // Servers that are written are asked, too.
    if !workload.host_network.is_yes() || !cluster_first || !pod.dns_config.is_absent() {
        return None;
    }
    let switch = pod.host_network.span()?;
    let title = workload.title();
    let names = network.told_names(workload).own();
    let asked = names.iter().find(|name| name.kind == NameKind::Cluster);
    let Some(asked) = asked else {
        // Agents of nodes, and the control plane itself, are where the node's DNS belongs.
        let kind = workload.object.kind();
        let message = format!("`{title}` asks its node for names, not the cluster");
        return matches!(kind, "Deployment" | "StatefulSet").then(|| {
            Diagnostic::info(switch.label(""), message)
                .related_all(
                    pod.dns_policy.span().map(|span| span.label("the same as nothing here")),
                )
                .help("to look up Services, set `dnsPolicy: ClusterFirstWithHostNet`")
        });
    };
    let message =
        format!("`{title}` cannot look up `{}`: with `hostNetwork` it asks its node", asked.name);
    let place = pod.dns_policy.span().unwrap_or(switch);
    let edit = match pod.dns_policy.known() {
        Some(written) => {
            let quoted = written.span.len() == written.value.len() + 2;
            let text =
                if quoted { "\"ClusterFirstWithHostNet\"" } else { "ClusterFirstWithHostNet" };
            Some(Edit { span: written.span, text: text.to_owned() })
        }
        None => workload.spec.pod_keys.key(Some(switch)).and_then(|key| {
            let text = key.entry_before("dnsPolicy: ClusterFirstWithHostNet")?;
            Some(Edit { span: key.span.slice(0..0), text })
        }),
    };
    let fix = edit.map(|edit| Fix {
        title: "ask the cluster's DNS".to_owned(),
        safety: Safety::Safe,
        edits: vec![edit],
    });
    let diagnostic = Diagnostic::warning(place.label(""), message)
        .related(asked.span.label("a name of the cluster"))
        .help("set `dnsPolicy: ClusterFirstWithHostNet`");
    Some(match fix {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    })
}
