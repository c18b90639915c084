//! `corefile-no-lameduck`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-lameduck.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        for (_, health) in corefile.named("health") {
            let options = corefile.expand(&health.body);
            if options.iter().any(|option| option.name.text == "lameduck") {
                continue;
            }
            let text = "lameduck 5s".to_owned();
            let change = match health.body.first() {
                Some(option) => Change::Line { before: corefile.span(&option.range), text },
                None => Change::Block { behind: corefile.span(&health.range), text },
            };
            findings.add(
                Diagnostic::info(
                    corefile.label(&health.name.range, ""),
                    "`health` has no `lameduck`: CoreDNS stops before others know that it does",
                )
                .help("add a line `lameduck 5s` in braces behind `health`")
                .mend(Mend::risky("add `lameduck 5s`", change)),
            );
        }
    }
}
