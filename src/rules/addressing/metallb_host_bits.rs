//! `metallb-host-bits`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/metallb-host-bits.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (pool, entry) in network.addresses.metallb_entries() {
        let Some(cidr) = entry.cidr.filter(|cidr| cidr.has_host_bits()) else { continue };
        let range = cidr.range();
        let message = format!(
            "`{}` in the pool `{}` is all of `{range}`, from `{}` to `{}`",
            entry.text.value,
            pool.name,
            range.first(),
            range.last()
        );
        findings.add(Diagnostic::warning(entry.text.label(""), message).help(format!(
            "write the first and the last address, such as `{}-{}`, or `{range}` if all of it is meant",
            cidr.address,
            range.last()
        )));
    }
}
