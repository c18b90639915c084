//! `pod-hostnetwork-dns`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place};
use crate::model::host_names::NameKind;
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-hostnetwork-dns.md"),
    check: Check::Network(check),
};

const WANTED: &str = "ClusterFirstWithHostNet";

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
    let change = match pod.dns_policy.known() {
        Some(written) => Some(Change::write(written.span, &*written.value, WANTED)),
        None => workload
            .spec
            .is_manifest
            .then(|| Change::entry(Beside::Behind(switch), "dnsPolicy", WANTED)),
    };
    let mend = change.map(|change| Mend::safe("ask the cluster's DNS", change));
    Some(
        Diagnostic::warning(place.label(""), message)
            .related(asked.span.label("a name of the cluster"))
            .help("set `dnsPolicy: ClusterFirstWithHostNet`")
            .mend_all(mend),
    )
}
