//! `cidr-host-bits-set`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::addresses::Role;
use crate::model::addresses::source::HostBits;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cidr-host-bits-set.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for range in &network.addresses.ranges {
        let Some(cidr) = range.cidr.filter(|cidr| cidr.has_host_bits()) else { continue };
        // What the configuration says was checked when it was read.
        if range.object.is_none() || range.source.host_bits() == HostBits::Meant {
            continue;
        }
        let network = cidr.range();
        let canonical = format!("{}/{}", network.first(), cidr.prefix);
        let written = format!("{}/{}", cidr.address, cidr.prefix);
        let label = range.span.label("");
        let diagnostic = match range.source.host_bits() {
            HostBits::Refused => {
                let message =
                    format!("`{written}` has host bits set, which {}", refusal(range.role()));
                Diagnostic::error(label, message)
            }
            HostBits::Masked | HostBits::Meant => Diagnostic::warning(
                label,
                format!("`{written}` has host bits set: it means `{canonical}`"),
            ),
        };
        findings.add(
            diagnostic
                .help(format!(
                    "write `{canonical}`, which is {} to {}",
                    network.first(),
                    network.last()
                ))
                .mend(Mend::safe(
                    format!("write `{canonical}`"),
                    Change::write(range.span, written, canonical),
                )),
        );
    }
}

fn refusal(role: Role) -> &'static str {
    match role {
        Role::IpPool | Role::LoadBalancer => "an IPPool may not have",
        Role::Service => "a ServiceCIDR may not have",
        _ => "the host-local plugin refuses",
    }
}
