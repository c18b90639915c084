//! `coredns-missing-anti-affinity`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-missing-anti-affinity.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers().filter(|server| server.has_several_replicas()) {
        if server.is_spread() {
            continue;
        }
        let message =
            format!("nothing keeps the replicas of `{}` on different nodes", server.name());
        findings.add(Diagnostic::info(server.object.label(""), message).help(
            "add a `podAntiAffinity` over `kubernetes.io/hostname`, or `topologySpreadConstraints`",
        ));
    }
}
