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
        let severity = severity(network, server);
        let name = server.name();
        let message = format!("one replica of `{name}` serves the whole cluster");
        findings.add(
            Diagnostic::new(severity, label, message)
                .help("run at least two, so that names resolve while one of them moves"),
        );
    }
}

/// On a single node a second replica gains nothing, and a cluster of kind is for trying things
/// out. The addon manager leaves the number to an autoscaler that may not be in view.
fn severity(network: &Network<'_>, server: &Server<'_>) -> Severity {
    let nodes = &network.capacity.nodes;
    let is_single = nodes.is_single || nodes.planned.is_some_and(|planned| planned.value == 1);
    let is_kind = || network.objects.iter().any(|o| o.resource.group() == "kind.x-k8s.io");
    let left_open = server.workload.replicas.is_absent() && server.is_managed_addon();
    if is_single || left_open || server.distribution == Distribution::K3s || is_kind() {
        return Severity::Info;
    }
    Severity::Warning
}
