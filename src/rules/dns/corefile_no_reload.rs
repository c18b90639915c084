//! `corefile-no-reload`: see the page.

use crate::diagnostic::{Diagnostic, Mend, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-reload.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        if corefile.has("reload") {
            continue;
        }
        let before = corefile.line_before("kubernetes", "reload");
        findings.add(
            Diagnostic::info(corefile.place().label(""), "no server block has `reload`")
                .help("with `reload`, CoreDNS takes up a changed Corefile within two minutes; without, it needs a restart")
                .mend_all(before.map(|change| Mend::risky("add `reload`", change))),
        );
    }
}
