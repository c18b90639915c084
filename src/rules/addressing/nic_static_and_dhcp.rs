//! `nic-static-and-dhcp`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{Family, IpRange};
use crate::model::hosts::{Host, Nic, NicAddress};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/nic-static-and-dhcp.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (host, nic) in network.hosts.external() {
        let Some(dhcp) = nic.dhcp4 else { continue };
        let mut fixed = nic.addresses.iter().filter(|address| is_own_ipv4(address));
        let Some(first) = fixed.next() else { continue };
        let message = format!("{} has DHCP and the address `{}`", subject(host, nic), *first.text);
        findings.add(
            Diagnostic::warning(dhcp.label(""), message)
                .related(first.text.label("written here"))
                .related_all(fixed.map(|address| address.text.label("and here")))
                .help(
                    "keep one of them: which address Kubernetes and its network plugin take for \
                     the node's is a matter of order otherwise",
                ),
        );
    }
}

/// An address that others can send to. A single one beside that of DHCP is there for a service,
/// as a rule, and link-local ones are for the link alone.
fn is_own_ipv4(address: &NicAddress) -> bool {
    let Ok(cidr) = &address.cidr else { return false };
    let is_local = match cidr.address {
        std::net::IpAddr::V4(address) => address.is_link_local() || address.is_loopback(),
        std::net::IpAddr::V6(_) => true,
    };
    let has_prefix = address.text.contains('/') || cidr.range() != IpRange::single(cidr.address);
    let is_single = has_prefix && cidr.prefix == Family::V4.bits();
    !is_local && !is_single
}

fn subject(host: &Host<'_>, nic: &Nic<'_>) -> String {
    match host.name {
        "" => nic.title(),
        name => format!("{} of host `{name}`", nic.title()),
    }
}
