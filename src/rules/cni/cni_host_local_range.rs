//! `cni-host-local-range`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::IpRange;
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::range::{parse_address, parse_cidr};
use crate::model::cni::{CniPlugin, Ipam, IpamRange};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-host-local-range.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable() {
        for plugin in config.plugins() {
            let Some(ipam) = plugin.ipam.known() else { continue };
            if ipam.kind.value().is_none_or(|kind| kind != "host-local") {
                continue;
            }
            // Into a file on a node, an agent such as kube-router's puts the node's range.
            if config.is_attachment() {
                no_range(plugin, ipam, findings);
            }
            ranges(ipam, findings);
        }
    }
}

/// Plugins that hand `ipam` on as it is. Others may put a range into it.
const PLAIN: [&str; 8] =
    ["bridge", "dummy", "host-device", "ipvlan", "macvlan", "ptp", "tap", "vlan"];

fn no_range(plugin: &CniPlugin, ipam: &Spanned<Ipam>, findings: &mut Findings<'_>) {
    let is_plain = plugin.kind.value().is_some_and(|kind| PLAIN.contains(&kind.as_str()));
    let no_ranges = ipam.ranges.is_absent() || ipam.ranges.known().is_some_and(|r| r.is_empty());
    let from_runtime = match plugin.capabilities.value() {
        Some(capabilities) => capabilities.contains_key("ipRanges"),
        None => plugin.capabilities.is_unknown(),
    };
    if is_plain && no_ranges && !from_runtime && ipam.subnet.is_absent() {
        let span = ipam.kind.span().unwrap_or(ipam.span);
        findings.add(
            Diagnostic::error(span.label(""), "host-local has no range to hand addresses out of")
                .help("give it a `subnet`, or `ranges` with one"),
        );
    }
}

/// A range whose subnet can be read, and where that is written.
struct Subnet {
    range: IpRange,
    /// The part of it that is handed out.
    used: IpRange,
    span: Span,
}

fn ranges(ipam: &Ipam, findings: &mut Findings<'_>) {
    let top = IpamRange {
        subnet: ipam.subnet.clone(),
        range_start: ipam.range_start.clone(),
        range_end: ipam.range_end.clone(),
        gateway: ipam.gateway.clone(),
    };
    let mut subnets: Vec<Subnet> = one_range(&top, findings).into_iter().collect();
    for set in ipam.ranges.items().iter().filter_map(|set| set.value()) {
        let known = set.iter().filter_map(|range| range.value());
        let of_set: Vec<Subnet> = known.filter_map(|range| one_range(range, findings)).collect();
        mixed_families(&of_set, findings);
        subnets.extend(of_set);
    }
    overlaps(&subnets, findings);
}

/// What is wrong with a range by itself.
fn one_range(range: &IpamRange, findings: &mut Findings<'_>) -> Option<Subnet> {
    let start = address("rangeStart", &range.range_start, findings);
    let end = address("rangeEnd", &range.range_end, findings);
    let gateway = address("gateway", &range.gateway, findings);
    // What is wrong with the subnet itself is told by the rules about ranges.
    let text = range.subnet.known()?;
    let subnet = parse_cidr(text).ok()?.range();
    let (family, prefix) = (subnet.family(), subnet.prefix()?);
    if prefix > family.bits() - 2 {
        let message =
            format!("`{subnet}` is too small: host-local wants a /{} at least", family.bits() - 2);
        let help = "network, gateway and one pod need four addresses";
        findings.add(Diagnostic::error(text.label(""), message).help(help));
        return None;
    }
    let mut outside = false;
    for (name, address) in [("rangeStart", &start), ("rangeEnd", &end)] {
        let Some(address) = address.as_ref().filter(|at| !subnet.contains_address(at.value)) else {
            continue;
        };
        outside = true;
        let message = format!("`{name}` {} is not in `{subnet}`", address.value);
        findings.add(
            Diagnostic::error(address.label(""), message)
                .related(text.label("the subnet"))
                .help(format!("choose an address from {} to {}", subnet.first(), subnet.last())),
        );
    }
    if let Some(gateway) = gateway.filter(|at| !subnet.contains_address(at.value)) {
        let message = format!("the gateway {} is not in `{subnet}`", gateway.value);
        findings.add(
            Diagnostic::warning(gateway.label(""), message)
                .related(text.label("the subnet"))
                .help("pods cannot reach it, unless a route of its own leads there"),
        );
    }
    let first = start.as_ref().map_or(subnet.first(), |start| start.value);
    let last = end.as_ref().map_or(subnet.last(), |end| end.value);
    let used = IpRange::new(first, last);
    if let (None, Some(start), Some(end), false) = (used, &start, &end, outside) {
        let message = format!("`rangeEnd` {} lies before `rangeStart` {}", end.value, start.value);
        findings.add(
            Diagnostic::error(end.label(""), message)
                .related(start.label("the start"))
                .help("swap the two"),
        );
    }
    Some(Subnet { range: subnet, used: used.unwrap_or(subnet), span: text.span })
}

/// An address, if one is written that is one. An empty text is none.
fn address(
    name: &str,
    field: &Field<String>,
    findings: &mut Findings<'_>,
) -> Option<Spanned<IpAddr>> {
    let text = field.known().filter(|text| !text.is_empty())?;
    match parse_address(text) {
        Ok(address) => Some(Spanned::new(address, text.span)),
        Err(fault) => {
            let message = format!("`{name}` `{}` is not an address: {fault}", text.value);
            findings.add(
                Diagnostic::error(text.label(""), message)
                    .help("write one address without a prefix length, such as `10.1.0.10`"),
            );
            None
        }
    }
}

/// A pod gets one address of a set, so its ranges are of one family.
fn mixed_families(subnets: &[Subnet], findings: &mut Findings<'_>) {
    let Some((first, others)) = subnets.split_first() else { return };
    for other in others {
        let (family, first_family) = (other.range.family(), first.range.family());
        if family != first_family {
            let message = format!("an {family} range in a set of {first_family} ranges");
            findings.add(
                Diagnostic::error(other.span.label(""), message)
                    .related(first.span.label(format!("the set starts with {first_family}")))
                    .help("put it into a set of its own: a pod gets one address of each set"),
            );
        }
    }
}

/// Neither the ranges of a set may overlap, nor those of several.
fn overlaps(subnets: &[Subnet], findings: &mut Findings<'_>) {
    let used: Vec<IpRange> = subnets.iter().map(|subnet| subnet.used).collect();
    let mut pairs: Vec<(usize, usize)> = overlapping_pairs(&used)
        .into_iter()
        .map(|(one, other)| (one.max(other), one.min(other)))
        .collect();
    pairs.sort_unstable();
    for (later, earlier) in pairs {
        let (one, other) = (&subnets[later], &subnets[earlier]);
        let relation = one.used.relation(other.used);
        let message = format!("the range `{}` {relation} `{}`", one.used, other.used);
        findings.add(
            Diagnostic::error(one.span.label(""), message)
                .related(other.span.label("the other range"))
                .help("host-local refuses ranges that overlap: let them be apart, or one"),
        );
    }
}
