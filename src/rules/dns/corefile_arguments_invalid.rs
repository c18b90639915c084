//! `corefile-arguments-invalid`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::coredns::arguments::faults;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-arguments-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        for fault in faults(corefile) {
            findings.add(
                Diagnostic::error(corefile.label(fault.range, ""), fault.message)
                    .help("CoreDNS does not start with it"),
            );
        }
    }
}
