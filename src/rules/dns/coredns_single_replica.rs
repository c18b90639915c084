//! `coredns-single-replica`: see the page.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::model::coredns::{Distribution, Server};

use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-single-replica.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        if !server.is_deployment() || server.autoscaler.is_some() {
            continue;
        }
        // Nought replicas are no mistake: somebody turned this CoreDNS off.
        let replicas = &server.workload.replicas;
        let label = match replicas.value() {
            Some(1) => server.replicas_label(""),
            None if replicas.is_absent() => server.object.label("one replica is the default"),
            _ => continue,
        };
        let severity = severity(server, network.coredns.is_small);
        let name = server.object.name();
        let message = format!("one replica of `{name}` serves the whole cluster");
        findings.add(
            Diagnostic::new(severity, label, message)
                .help("run at least two, so that names resolve while one of them moves"),
        );
    }
}

/// On a single node a second replica gains nothing; the addon manager leaves the number to an
/// autoscaler that may not be in view.
fn severity(server: &Server<'_>, is_small: bool) -> Severity {
    let left_open = server.workload.replicas.is_absent() && server.is_managed_addon();
    match server.distribution {
        _ if is_small || left_open => Severity::Info,
        Distribution::K3s => Severity::Info,
        _ => Severity::Warning,
    }
}
