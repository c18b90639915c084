//! `cluster-dns-outside-service-cidr`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::AddressRange;
use crate::rules::addressing::cluster_dns::{ServiceRanges, is_node_local, lists, services, tenth};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-dns-outside-service-cidr.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let Some(ranges) = ServiceRanges::of(plan) else { return };
    for list in lists(plan) {
        // One address that serves the cluster is enough.
        let serves = |address| is_node_local(address) || ranges.outside(address).is_none();
        if list.iter().any(|item| serves(item.address)) {
            continue;
        }
        for item in list {
            if let Some(range) = ranges.outside(item.address) {
                findings.add(diagnostic("cluster DNS", item.address, item.span, range));
            }
        }
    }
    for service in services(plan) {
        if let Some(range) = ranges.outside(service.address) {
            findings.add(diagnostic("cluster IP", service.address, service.span, range));
        }
    }
}

fn diagnostic(noun: &str, address: IpAddr, span: Span, range: &AddressRange<'_>) -> Diagnostic {
    // A public resolver answers; it knows nothing of the cluster's names.
    let severity = if is_private(address) { Severity::Error } else { Severity::Warning };
    let message = format!("{noun} `{address}` is outside the {}", range.title());
    let diagnostic = Diagnostic::new(severity, span.label(""), message).related(range.label());
    match tenth(range, span) {
        Some(fix) => diagnostic
            .help("kubeadm gives the cluster's DNS the tenth address of the service range")
            .fix(fix),
        None => diagnostic.help("write the address of the Service that is the cluster's DNS"),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_private() || address.is_loopback() || shared
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    }
}
