//! `service-cidr-size`: see the page.

use rustc_hash::FxHashSet;

use super::words::count;
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::addresses::{Family, IpRange, RangeList, Source};
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/service-cidr-size.md"),
    check: Check::Network(check),
};

/// `MaximumBitsForServiceSubnet` of kubeadm, and `maxCIDRBits` of the API server.
const MOST_BITS: u8 = 20;

/// `MinimumAddressesInServiceSubnet` of kubeadm: DNS gets the tenth.
const FEWEST_ADDRESSES: u128 = 10;

/// Since this minor version the API server takes larger ranges (KEP-1880).
const NEW_ALLOCATOR: (u32, u32) = (1, 33);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let counts = Family::ALL.map(|family| (family, services(network, family)));
    let services =
        |family| counts.iter().find(|(of, _)| *of == family).map_or(0, |(_, count)| *count);
    let mut told = FxHashSet::default();
    for list in network.addresses.lists.iter().filter(|list| list.source.defines_services()) {
        for (range, span) in &list.ranges {
            let label = span.label("");
            let found = too_large(network, list, *range, &label)
                .or_else(|| too_small(list, *range, &label));
            findings.extend(found.filter(|_| told.insert(*range)));
        }
        if let Some((range, span)) = list.ranges.first()
            && let Some(found) = too_few(services(range.family()), *range, span.label(""))
            && told.insert(*range)
        {
            findings.add(found);
        }
    }
}

fn too_large(
    network: &Network<'_>,
    list: &RangeList<'_>,
    range: IpRange,
    label: &Label,
) -> Option<Diagnostic> {
    let prefix = range.prefix()?;
    let longest = range.family().bits() - MOST_BITS;
    let refused = match list.source {
        Source::SERVICE_SUBNET => "kubeadm refuses it",
        _ => {
            let newest = network.versions.newest_api_server()?;
            if newest.version.minor_version() >= NEW_ALLOCATOR {
                return None;
            }
            "the API server refuses it"
        }
    };
    (prefix < longest).then(|| {
        let message = format!("service range `{range}` is larger than a /{longest}");
        Diagnostic::error(label.clone(), message).help(format!(
            "{refused}: use a part of it; a /{} has room for 65534 Services",
            range.family().bits() - 16
        ))
    })
}

fn too_small(list: &RangeList<'_>, range: IpRange, label: &Label) -> Option<Diagnostic> {
    if list.source != Source::SERVICE_SUBNET || range.size() >= FEWEST_ADDRESSES {
        return None;
    }
    let addresses = count(range.size(), "address");
    let message = format!("service range `{range}` has {addresses}, and DNS gets the tenth");
    Some(Diagnostic::error(label.clone(), message).help("kubeadm refuses it: widen the range"))
}

/// More Services than addresses, as far as the Services are in view.
fn too_few(services: u128, range: IpRange, label: Label) -> Option<Diagnostic> {
    let usable = range.size().saturating_sub(match range.family() {
        Family::V4 => 2,
        Family::V6 => 1,
    });
    (usable < services).then(|| {
        let addresses = count(usable, "address");
        let message = format!("{addresses} for {services} Services in service range `{range}`");
        Diagnostic::warning(label, message)
            .help("widen the range, or add a ServiceCIDR while the cluster runs")
    })
}

/// How many Services get an address of the first range of this family, at the least.
fn services(network: &Network<'_>, family: Family) -> u128 {
    // What is added while the cluster runs is not all in view.
    if network.addresses.from_source(Source::SERVICE_CIDR_OBJECT).next().is_some() {
        return 0;
    }
    let needs_address = |service: &&Service<'_>| {
        let spec = service.spec;
        let first = spec.ip_families.items().first().and_then(|family| family.value());
        spec.kind.value().is_none_or(|kind| kind != "ExternalName")
            && !spec.kind.is_unknown()
            && !spec.cluster_ip.is_unknown()
            && spec.cluster_ip.value().is_none_or(|address| address != "None")
            && first.is_none_or(|first| *first == family.to_string())
    };
    network.services.all.iter().filter(needs_address).count() as u128
}
