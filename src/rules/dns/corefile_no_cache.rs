//! `corefile-no-cache`: see the page.

use crate::diagnostic::{Diagnostic, Mend, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-cache.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        if corefile.has("cache") || !corefile.has("forward") {
            continue;
        }
        let before = corefile.line_before("forward", "cache 30");
        findings.add(
            Diagnostic::warning(corefile.place().label(""), "no server block has `cache`")
                .help("add `cache 30`: without it, every query goes to a resolver")
                .mend_all(before.map(|change| Mend::risky("add `cache 30`", change))),
        );
    }
}
