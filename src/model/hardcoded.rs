//! Addresses of Services and pods that settings have where names would do.

use std::net::{IpAddr, Ipv4Addr};

use rustc_hash::FxHashMap;

use super::Network;
use super::addresses::{AddressRange, Source};
use super::infrastructure::is_infrastructure;
use super::object::Object;
use super::services::Service;
use crate::ingest::AddressWord;
use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::source::Span;

/// An address in a setting that is one of the cluster's own.
#[derive(Debug)]
pub struct Hardcoded<'n, 'a> {
    pub address: Ipv4Addr,
    pub span: Span,
    /// What has the setting.
    pub object: Object<'a>,
    pub whose: Whose<'n, 'a>,
}

#[derive(Debug)]
pub enum Whose<'n, 'a> {
    Service(&'n Service<'a>),
    /// The API server's own.
    ApiServer(&'n AddressRange<'a>),
    ServiceRange(&'n AddressRange<'a>),
    PodRange(&'n AddressRange<'a>),
}

/// All of them, in the order of the files. Addresses of the cluster's DNS are left out: whoever
/// asks for names cannot be told a name.
pub fn hardcoded<'n, 'a>(network: &'n Network<'a>) -> Vec<Hardcoded<'n, 'a>> {
    let finder = Finder::new(network);
    let mut found = Vec::new();
    for workload in &network.workloads.all {
        let addresses = &workload.spec.private_addresses;
        if !addresses.is_empty() && !is_infrastructure(workload) {
            finder.look(workload.object, addresses, &mut found);
        }
    }
    for object in &network.objects {
        let Body::Kubernetes(Kubernetes::ConfigMap(config_map)) = object.body() else { continue };
        let addresses = &config_map.private_addresses;
        if !addresses.is_empty() && config_map.corefiles.is_empty() && !is_of_cluster(*object) {
            finder.look(*object, addresses, &mut found);
        }
    }
    found
}

/// ConfigMaps of components, which have addresses because they make them.
fn is_of_cluster(object: Object<'_>) -> bool {
    let words = ["calico", "cilium", "flannel", "kube", "metallb", "dns", "cni", "network"];
    let says = |text: &str| words.iter().any(|word| text.contains(word));
    says(object.namespace()) || says(object.name())
}

struct Finder<'n, 'a> {
    services: FxHashMap<IpAddr, &'n Service<'a>>,
    dns: Vec<IpAddr>,
    service_ranges: Vec<&'n AddressRange<'a>>,
    pod_ranges: Vec<&'n AddressRange<'a>>,
}

impl<'n, 'a> Finder<'n, 'a> {
    fn new(network: &'n Network<'a>) -> Finder<'n, 'a> {
        let plan = &network.addresses;
        let mut services = FxHashMap::default();
        for service in &network.services.all {
            for address in service.cluster_ips() {
                services.entry(address.value).or_insert(service);
            }
        }
        let dns = plan
            .service_addresses
            .iter()
            .filter(|address| address.is_dns && address.source == Source::CLUSTER_IP);
        let ranges = |ranges: Vec<&'n AddressRange<'a>>| {
            ranges.into_iter().filter(|range| range.is_fact()).collect()
        };
        Finder {
            services,
            dns: dns.map(|address| address.address).collect(),
            service_ranges: ranges(plan.primary_service_ranges()),
            pod_ranges: ranges(plan.cluster_pod_ranges()),
        }
    }

    fn look(&self, object: Object<'a>, words: &[AddressWord], found: &mut Vec<Hardcoded<'n, 'a>>) {
        for word in words {
            if let Some(whose) = self.whose(word.address) {
                let (address, span) = (word.address, word.span);
                found.push(Hardcoded { address, span, object, whose });
            }
        }
    }

    fn whose(&self, address: Ipv4Addr) -> Option<Whose<'n, 'a>> {
        let address = IpAddr::V4(address);
        let holds = |range: &&&'n AddressRange<'a>| range.range.contains_address(address);
        if self.dns.contains(&address) {
            return None;
        }
        if let Some(service) = self.services.get(&address) {
            return Some(Whose::Service(service));
        }
        if let Some(range) = self.service_ranges.iter().find(holds) {
            let is_nth = |offset| range.range.nth(offset) == Some(address);
            return match () {
                // The network's own address, and that of the cluster's DNS by convention.
                () if is_nth(0) || is_nth(10) => None,
                () if is_nth(1) => Some(Whose::ApiServer(range)),
                () => Some(Whose::ServiceRange(range)),
            };
        }
        let range = self.pod_ranges.iter().find(holds)?;
        (range.range.first() != address).then_some(Whose::PodRange(range))
    }
}
