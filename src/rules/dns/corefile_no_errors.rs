//! `corefile-no-errors`: see the page.

use crate::diagnostic::{Diagnostic, Mend, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-errors.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        if corefile.has("errors") {
            continue;
        }
        let before = corefile.line_before("kubernetes", "errors");
        findings.add(
            Diagnostic::info(corefile.place().label(""), "no server block has `errors`")
                .help(
                    "add `errors`: without it, failures to resolve a name leave no trace in the log",
                )
                .mend_all(before.map(|change| Mend::risky("add `errors`", change))),
        );
    }
}
