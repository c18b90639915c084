//! `coredns-no-priority-class`: see the page.

use crate::diagnostic::{Diagnostic, Mend, Severity};
use crate::model::Network;
use crate::model::coredns::Distribution;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-no-priority-class.md"),
    check: Check::Network(check),
};

const WANTED: &str = "system-cluster-critical";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        let class = &server.pod().priority_class_name;
        let has_one = class.is_unknown() || class.value().is_some_and(|name| !name.is_empty());
        if has_one {
            continue;
        }
        // What k3s ships is not its user's to change.
        let severity = match server.distribution {
            Distribution::K3s => Severity::Info,
            _ => Severity::Warning,
        };
        let message = format!("the pods of `{}` have no priority class", server.name());
        let entry = match class.is_absent() {
            true => server.workload.pod_entry("priorityClassName", WANTED),
            false => None,
        };
        let mend = entry.map(|change| Mend::risky(format!("set it to `{WANTED}`"), change));
        findings.add(
            Diagnostic::new(severity, server.object.label(""), message)
                .help(format!("set `priorityClassName: {WANTED}`"))
                .mend_all(mend),
        );
    }
}
