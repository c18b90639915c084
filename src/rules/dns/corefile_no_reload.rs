//! `corefile-no-reload`: see the page.

use crate::diagnostic::{Diagnostic, Place};
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
        findings.add(
            Diagnostic::info(corefile.place().label(""), "no server block has `reload`")
                .help("with `reload`, CoreDNS takes up a changed Corefile within two minutes; without, it needs a restart"),
        );
    }
}
