//! `coredns-no-requests`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-no-requests.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        let missing: Vec<&str> = [("cpu", "CPU"), ("memory", "memory")]
            .into_iter()
            .filter(|(resource, _)| !server.may_request(resource))
            .map(|(_, name)| name)
            .collect();
        if missing.is_empty() {
            continue;
        }
        let (name, missing) = (server.name(), missing.join(" and no "));
        findings.add(
            Diagnostic::info(server.object.label(""), format!("`{name}` requests no {missing}"))
                .help("set `resources.requests`; kubeadm requests 100m and 70Mi"),
        );
    }
}
