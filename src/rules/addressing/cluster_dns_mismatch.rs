//! `cluster-dns-mismatch`: see the page.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::addressing::cluster_dns::{ServiceRanges, is_node_local, lists, services};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-dns-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let services = services(plan);
    let Some(service) = services.first() else { return };
    let ranges = ServiceRanges::of(plan);
    let known: FxHashSet<IpAddr> =
        plan.service_addresses.iter().map(|service| service.address).collect();
    for list in lists(plan) {
        let serves = |address| is_node_local(address) || known.contains(&address);
        if list.iter().any(|item| serves(item.address)) {
            continue;
        }
        // An address outside the range of Services is told as that, and so is a wrong Service.
        let Some(first) = list.first() else { continue };
        let told =
            |address| ranges.as_ref().is_some_and(|ranges| ranges.outside(address).is_some());
        if told(first.address) || told(service.address) {
            continue;
        }
        let message = format!(
            "cluster DNS `{}` is not the address of the Service `{}`, `{}`",
            first.address,
            service.object.name(),
            service.address
        );
        findings.add(
            Diagnostic::error(first.span.label(""), message)
                .related(service.span.label(format!("Service `{}`", service.object.name())))
                .help(format!("write `{}` in both places", service.address)),
        );
    }
}
