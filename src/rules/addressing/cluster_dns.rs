//! What three rules about the address of the cluster's DNS have in common.

use std::net::IpAddr;

use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::addresses::{AddressRange, Addresses, DnsAddress, Role, ServiceAddress, Source};
use crate::source::Span;

/// A kubelet's list of DNS addresses.
pub fn lists<'p, 'a>(plan: &'p Addresses<'a>) -> impl Iterator<Item = &'p [DnsAddress<'a>]> {
    plan.dns.chunk_by(|one, two| one.list == two.list)
}

/// The addresses of the Service that is the cluster's DNS.
pub fn services<'p, 'a>(plan: &'p Addresses<'a>) -> Vec<&'p ServiceAddress<'a>> {
    let is_dns =
        |address: &&ServiceAddress<'_>| address.is_dns && address.source == Source::ClusterIp;
    plan.service_addresses.iter().filter(is_dns).collect()
}

/// Whether an address may be that of NodeLocal DNSCache, which listens on every node.
pub fn is_node_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address.is_unique_local(),
    }
}

/// The ranges of Services, when it is sure that there are no others.
pub fn ranges<'p, 'a>(plan: &'p Addresses<'a>) -> Option<Vec<&'p AddressRange<'a>>> {
    let ranges = plan.service_ranges();
    let decided = ranges.iter().any(|range| range.source.defines_services() && range.is_fact());
    (decided && plan.is_complete(Role::Service)).then_some(ranges)
}

/// The range that an address should be in, when it is in none.
pub fn outside<'p, 'a>(
    ranges: &[&'p AddressRange<'a>],
    address: IpAddr,
) -> Option<&'p AddressRange<'a>> {
    let inside = ranges.iter().any(|range| range.range.contains_address(address));
    let of_family = |range: &&&AddressRange<'_>| {
        range.source.defines_services() && range.range.first().is_ipv4() == address.is_ipv4()
    };
    ranges.iter().find(of_family).copied().filter(|_| !inside)
}

/// kubeadm gives the tenth address to the cluster's DNS.
pub fn tenth(range: &AddressRange<'_>, span: Span) -> Option<Fix> {
    let address = range.range.nth(10).filter(|_| range.source == Source::ServiceSubnet)?;
    Some(Fix {
        title: format!("write `{address}`, the tenth address of the service range"),
        safety: Safety::Unsafe,
        edits: vec![Edit { span, text: address.to_string() }],
    })
}
