//! `cluster-dns-outside-service-cidr`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::{AddressRange, DnsAddress, Known, Source};
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
            match (ranges.outside(item.address), item.known) {
                (Some(range), Known::Written) => {
                    findings.add(diagnostic("cluster DNS", item.address, item.span, range));
                }
                (Some(range), _) if range.known == Known::Written => {
                    findings.add(left_out(item, range));
                }
                _ => {}
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
    let help = match range.source {
        Source::SERVICE_SUBNET => {
            "kubeadm gives the cluster's DNS the tenth address of the service range"
        }
        Source::K3S_SERVICE_CIDR => {
            "leave `cluster-dns` out, and it is the tenth address of the service range"
        }
        _ => "write the address of the Service that is the cluster's DNS",
    };
    let diagnostic = diagnostic.help(help);
    match tenth(range, address, span) {
        Some(mend) => diagnostic.mend(mend),
        None => diagnostic,
    }
}

/// A default that does not follow the range of Services.
fn left_out(dns: &DnsAddress<'_>, range: &AddressRange<'_>) -> Diagnostic {
    let (address, field) = (dns.address, dns.source.field());
    let message = format!("cluster DNS `{address}`, the default, is outside the {}", range.title());
    let tenth = range.range.nth(10).map_or(String::new(), |tenth| format!(" to `{tenth}`"));
    Diagnostic::error(range.span.label(""), message)
        .related(dns.span.label(format!("`{field}` is left out")))
        .help(format!("set `{field}`{tenth}: it does not follow the service range"))
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
