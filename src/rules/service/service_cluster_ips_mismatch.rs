//! `service-cluster-ips-mismatch`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::model::addresses::range::parse_address;
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-cluster-ips-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in network.services.all.iter().filter(|service| !service.is_external_name()) {
        let found = first_differs(service).or_else(|| families(service));
        findings.extend(found);
    }
}

/// The API server refuses a Service whose first address is stated in two ways.
fn first_differs(service: &Service<'_>) -> Option<Diagnostic> {
    let single = service.spec.cluster_ip.known().filter(|text| !text.trim().is_empty())?;
    let first = service.spec.cluster_ips.items().first()?.known()?;
    let same = match (address(single), address(first)) {
        (Some(single), Some(first)) => single == first,
        _ => single.trim() == first.trim(),
    };
    (!same).then(|| {
        let message = format!(
            "`clusterIPs` of the Service `{}` starts with `{}`, and `clusterIP` is `{}`",
            service.object.name(),
            first.value,
            single.value
        );
        Diagnostic::error(first.label(""), message)
            .related(single.label("`clusterIP`"))
            .help("write the same address in both, or leave `clusterIPs` out")
    })
}

/// Addresses and families go together, one by one, and each family is there once.
fn families(service: &Service<'_>) -> Option<Diagnostic> {
    let name = service.object.name();
    let families = service.spec.ip_families.items();
    if let [first, second] = families
        && let (Some(first), Some(second)) = (first.known(), second.known())
        && first.value == second.value
    {
        let message = format!("`ipFamilies` of the Service `{name}` has `{}` twice", first.value);
        return Some(
            Diagnostic::error(second.label(""), message)
                .related(first.label("first"))
                .help("name each family once"),
        );
    }
    let addresses = service.spec.cluster_ips.items();
    let single = std::slice::from_ref(&service.spec.cluster_ip);
    let addresses = if addresses.is_empty() { single } else { addresses };
    for (text, family) in addresses.iter().zip(families) {
        let (Some(text), Some(family)) = (text.known(), family.known()) else { continue };
        let Some(address) = address(text) else { continue };
        let own = Family::of(address);
        if own.to_string() != family.value && matches!(family.as_str(), "IPv4" | "IPv6") {
            let message = format!(
                "cluster IP `{address}` of the Service `{name}` stands where `ipFamilies` has {}",
                family.value
            );
            return Some(
                Diagnostic::error(text.label(""), message)
                    .related(family.label("its family by `ipFamilies`"))
                    .help("put addresses and families in one order"),
            );
        }
    }
    None
}

fn address(text: &Spanned<String>) -> Option<IpAddr> {
    parse_address(text.trim()).ok()
}
