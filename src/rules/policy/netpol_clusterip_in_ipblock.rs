//! `netpol-clusterip-in-ipblock`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{AddressRange, IpRange};
use crate::model::cluster_dns::ServerKind;
use crate::model::policy_rules::PeerKind;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-clusterip-in-ipblock.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let ranges = network.addresses.service_ranges();
    let facts: Vec<&AddressRange<'_>> =
        ranges.into_iter().filter(|range| range.is_fact()).collect();
    for policy in &network.policies.all {
        for peer in policy.egress.rules.iter().flat_map(|rule| rule.peers.iter().flatten()) {
            let PeerKind::Block(block) = &peer.kind else { continue };
            let Some(cidr) = block.source.cidr.known() else { continue };
            if is_taken_over(network, block.range) {
                continue;
            }
            let service = service_at(network, block.range);
            let range = facts.iter().find(|range| range.range.contains(block.range));
            let (what, label) = match (service, range) {
                (Some((name, span)), _) => {
                    (format!("is the address of Service `{name}`"), span.label("its address"))
                }
                (None, Some(range)) => ("holds addresses of Services".to_owned(), range.label()),
                (None, None) => continue,
            };
            let message = format!("`{}` {what}, which a policy does not see", cidr.value);
            findings.add(
                Diagnostic::warning(cidr.label(""), message)
                    .related(label)
                    .help("by the time a policy looks at a packet, the address of the Service has mostly been changed into that of a pod: select the pods behind it, or the address of what is behind it"),
            );
        }
    }
}

/// The Service whose address a range of one address is.
fn service_at<'n>(network: &'n Network<'_>, range: IpRange) -> Option<(&'n str, Span)> {
    let services = network.services.all.iter().filter(|_| range.size() == 1);
    let addresses = services.flat_map(|service| {
        service.cluster_ips().map(move |address| (service.object.name(), address))
    });
    let mut found = addresses.filter(|(_, address)| range.contains_address(address.value));
    found.next().map(|(name, address)| (name, address.span))
}

/// NodeLocal DNSCache takes over the address of DNS on the node: there it is what a policy sees.
fn is_taken_over(network: &Network<'_>, range: IpRange) -> bool {
    let servers = &network.dns.servers;
    let on_node = servers.iter().any(|server| server.kind == ServerKind::NodeLocal);
    let tenth = || {
        let ranges = network.addresses.service_ranges();
        ranges.iter().any(|services| services.range.nth(10) == Some(range.first()))
    };
    let dns =
        || network.dns.service_addresses.iter().any(|address| range.contains_address(*address));
    on_node && range.size() == 1 && (dns() || tenth())
}
