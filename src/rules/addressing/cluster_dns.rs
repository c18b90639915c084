//! What three rules about the address of the cluster's DNS have in common.

use std::net::IpAddr;

use crate::diagnostic::{Change, Mend};
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{
    AddressRange, Addresses, DnsAddress, Family, IpRange, Role, ServiceAddress, Source,
};
use crate::source::Span;

/// A kubelet's list of DNS addresses.
pub fn lists<'p, 'a>(plan: &'p Addresses<'a>) -> impl Iterator<Item = &'p [DnsAddress<'a>]> {
    plan.dns.chunk_by(|one, two| one.list == two.list)
}

/// The addresses of the Service that is the cluster's DNS.
pub fn services<'p, 'a>(plan: &'p Addresses<'a>) -> Vec<&'p ServiceAddress<'a>> {
    let is_dns =
        |address: &&ServiceAddress<'_>| address.is_dns && address.source == Source::CLUSTER_IP;
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
pub struct ServiceRanges<'p, 'a> {
    coverage: Coverage,
    /// What decides the range, for each family.
    deciding: Vec<&'p AddressRange<'a>>,
    has_both_families: bool,
}

impl<'p, 'a> ServiceRanges<'p, 'a> {
    pub fn of(plan: &'p Addresses<'a>) -> Option<ServiceRanges<'p, 'a>> {
        let decides =
            |range: &&AddressRange<'_>| range.source.defines_services() && range.is_fact();
        let deciding: Vec<_> = plan.of(Role::Service).filter(decides).collect();
        if deciding.is_empty() || !plan.is_complete(Role::Service) {
            return None;
        }
        let ranges: Vec<IpRange> = plan.of(Role::Service).map(|range| range.range).collect();
        let has = |family| ranges.iter().any(|range| range.family() == family);
        let has_both_families = has(Family::V4) && has(Family::V6);
        Some(ServiceRanges { coverage: Coverage::of(&ranges), deciding, has_both_families })
    }

    /// The range that an address should be in, when it is in none.
    pub fn outside(&self, address: IpAddr) -> Option<&'p AddressRange<'a>> {
        let address = IpRange::single(address);
        if self.coverage.contains(address) {
            return None;
        }
        let mut deciding = self.deciding.iter();
        deciding.find(|range| range.range.family() == address.family()).copied()
    }

    /// The range for one family, when there is none for the other.
    pub fn single_family(&self) -> Option<&'p AddressRange<'a>> {
        self.deciding.first().copied().filter(|_| !self.has_both_families)
    }
}

/// kubeadm, kind, k3s and RKE2 give the tenth address to the cluster's DNS.
pub fn tenth(range: &AddressRange<'_>, was: IpAddr, span: Span) -> Option<Mend> {
    let by_tenth = matches!(range.source, Source::SERVICE_SUBNET | Source::K3S_SERVICE_CIDR);
    let address = range.range.nth(10).filter(|_| by_tenth)?;
    Some(Mend::risky(
        format!("write `{address}`, the tenth address of the service range"),
        Change::write(span, was.to_string(), address.to_string()),
    ))
}
