//! `corefile-no-loop`: see the page.

use crate::diagnostic::{Diagnostic, Mend};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-loop.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in
        network.coredns.complete_cluster_corefiles().filter(|corefile| !corefile.has("loop"))
    {
        let to_resolv_conf = corefile.named("forward").find_map(|(_, forward)| {
            forward.args.iter().skip(1).find(|word| word.text == "/etc/resolv.conf")
        });
        let Some(word) = to_resolv_conf else { continue };
        let before = corefile.line_before("forward", "loop");
        findings.add(
            Diagnostic::info(
                corefile.label(&word.range, ""),
                "queries go to the resolvers of the node, and nothing detects a loop",
            )
            .help("add `loop`: it stops CoreDNS with a clear message when it forwards to itself")
            .mend_all(before.map(|change| Mend::risky("add `loop`", change))),
        );
    }
}
