//! `drift-kubelet-dns`: see the page.

use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::drift::{Difference, components, differences};
use crate::rules::addressing::cluster_dns::{ServiceRanges, is_node_local};
use crate::rules::drift::words::report;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/drift-kubelet-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let ranges = ServiceRanges::of(plan);
    // What is wrong on its own is told as that.
    let is_told = |address| {
        let outside = ranges.as_ref().is_some_and(|ranges| ranges.outside(address).is_some());
        outside && !is_node_local(address)
    };
    for difference in differences(components::cluster_dns(plan, is_told)) {
        let severity = match uses_node_cache(&difference) {
            true => Severity::Warning,
            false => Severity::Error,
        };
        findings.add(report("the cluster DNS", severity, &difference));
    }
    for difference in differences(components::cluster_domains(plan)) {
        findings.add(report("the cluster domain", Severity::Error, &difference));
    }
}

/// Whether some nodes ask their own cache and others the Service: both work.
fn uses_node_cache(difference: &Difference<'_>) -> bool {
    let is_local = |value: &str| value.parse().is_ok_and(is_node_local);
    let values = difference.sides.iter().filter_map(|side| side[0].value.as_deref());
    values.into_iter().any(|value| value.split(", ").any(is_local))
}
