//! `host-network`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::infrastructure::is_infrastructure;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/pod/host-network.md"), check: Check::Network(check) };

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        if !workload.host_network.is_yes() || is_infrastructure(workload) {
            continue;
        }
        let Some(place) = workload.spec.pod.host_network.span() else { continue };
        let message = format!("pods of `{}` are on the network of their nodes", workload.title());
        findings.add(
            Diagnostic::info(place.label(""), message)
                .help("leave `hostNetwork` out, and reach the pods by a Service"),
        );
    }
}
