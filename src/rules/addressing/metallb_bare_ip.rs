//! `metallb-bare-ip`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::addresses::Fault;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/metallb-bare-ip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let entries = network.addresses.metallb_entries();
    for (pool, entry) in entries.filter(|(_, entry)| entry.range == Err(Fault::NoPrefix)) {
        let address = &entry.text.value;
        let bits = if address.contains(':') { 128 } else { 32 };
        let message =
            format!("`{address}` in the pool `{}` is neither a CIDR nor a range", pool.name);
        findings.add(
            Diagnostic::error(entry.text.label(""), message)
                .help(format!(
                    "MetalLB refuses all of its configuration: write `{address}/{bits}` for one address"
                ))
                .mend(Mend::safe(
                    format!("write `{address}/{bits}`"),
                    Change::write(entry.text.span, address, format!("{address}/{bits}")),
                )),
        );
    }
}
