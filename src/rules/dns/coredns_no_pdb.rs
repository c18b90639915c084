//! `coredns-no-pdb`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-no-pdb.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers().filter(|server| server.has_several_replicas()) {
        if server.disruption_budget.is_some() {
            continue;
        }
        let message = format!("no PodDisruptionBudget selects the pods of `{}`", server.name());
        findings.add(
            Diagnostic::info(server.object.label(""), message)
                .help("with `maxUnavailable: 1`, draining nodes leaves one replica running"),
        );
    }
}
