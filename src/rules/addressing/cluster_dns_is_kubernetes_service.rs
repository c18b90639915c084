//! `cluster-dns-is-kubernetes-service`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::AddressRange;
use crate::rules::addressing::cluster_dns::{services, tenth};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-dns-is-kubernetes-service.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let primary = plan.primary_service_ranges();
    let stated = plan.dns.iter().map(|dns| (dns.address, dns.span));
    let services = services(plan).into_iter().map(|service| (service.address, service.span));
    for (address, span) in stated.chain(services) {
        let taken = |range: &&&AddressRange<'_>| range.range.nth(1) == Some(address);
        if let Some(range) = primary.iter().find(taken) {
            findings.add(diagnostic(address, span, range));
        }
    }
}

fn diagnostic(address: IpAddr, span: Span, range: &AddressRange<'_>) -> Diagnostic {
    let message = format!("cluster DNS `{address}` is the address of the Service `kubernetes`");
    let diagnostic = Diagnostic::error(span.label(""), message)
        .related(range.label())
        .help("the API server's own Service has the first address of the range: take another one");
    match tenth(range, address, span) {
        Some(mend) => diagnostic.mend(mend),
        None => diagnostic,
    }
}
