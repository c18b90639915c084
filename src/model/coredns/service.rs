//! The Services in front of DNS.

use std::net::IpAddr;

use super::{Role, Server};
use crate::ingest::kubernetes::{ServicePort, ServiceSpec};
use crate::model::cluster_dns::{KUBE_SYSTEM, OPENSHIFT_DNS};
use crate::model::object::Object;
use crate::model::services::{Service, Services};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// A Service with a port for DNS.
#[derive(Clone, Copy, Debug)]
pub struct DnsService<'a> {
    pub object: Object<'a>,
    pub spec: &'a ServiceSpec,
}

impl<'a> DnsService<'a> {
    fn of(service: &Service<'a>) -> Option<DnsService<'a>> {
        let service = DnsService { object: service.object, spec: service.spec };
        service.dns_ports().next().is_some().then_some(service)
    }

    /// Those that lead to a class of pods.
    pub(super) fn in_front_of(class: usize, services: &Services<'a>) -> Vec<DnsService<'a>> {
        let selects = |service: &&Service<'a>| {
            service.selected.iter().any(|(other, answer)| *other == class && answer.is_yes())
        };
        services.of_class(class).filter(selects).filter_map(DnsService::of).collect()
    }

    fn dns_ports(self) -> impl Iterator<Item = &'a ServicePort> {
        let ports = self.spec.ports.items().iter().filter_map(Field::value);
        ports.filter(|port| port.port.value() == Some(&53))
    }

    /// Where its port for DNS is written.
    pub fn port(self) -> Option<Span> {
        self.dns_ports().find_map(|port| port.port.span())
    }

    /// UDP or TCP, when port 53 is there only over the other one.
    pub fn missing_protocol(self) -> Option<&'static str> {
        let all_known = self.spec.ports.items().iter().all(|port| {
            port.value().is_some_and(|port| !port.port.is_unknown() && !port.protocol.is_unknown())
        });
        let is_there = |wanted: &str| {
            self.dns_ports()
                .any(|port| port.protocol.value().map_or("TCP", String::as_str) == wanted)
        };
        ["UDP", "TCP"].into_iter().find(|wanted| all_known && !is_there(wanted))
    }

    pub fn is_load_balancer(self) -> bool {
        self.spec.kind.value().is_some_and(|kind| kind == "LoadBalancer")
    }

    /// Addresses that are written; none for a headless Service.
    pub fn addresses(self) -> impl Iterator<Item = Spanned<IpAddr>> {
        let many = self.spec.cluster_ips.items().iter().filter_map(Field::known);
        let texts = self.spec.cluster_ip.known().into_iter().chain(many);
        texts.filter_map(|text| Some(Spanned::new(text.parse().ok()?, text.span)))
    }
}

/// The Services in front of the cluster's servers; when no server is in view, those that have the
/// usual name in the usual place.
pub(super) fn of_cluster<'a>(
    services: &Services<'a>,
    servers: &[Server<'a>],
) -> Vec<DnsService<'a>> {
    let cluster: Vec<_> = servers.iter().filter(|server| server.role == Role::Cluster).collect();
    if cluster.is_empty() {
        let names = ["kube-dns", "coredns", "rke2-coredns-rke2-coredns"];
        let usual = names.iter().filter_map(|name| services.get(KUBE_SYSTEM, name));
        let usual = usual.chain(services.get(OPENSHIFT_DNS, "dns-default"));
        return usual.filter_map(DnsService::of).collect();
    }
    let mut found: Vec<DnsService<'a>> = Vec::new();
    for service in cluster.iter().flat_map(|server| &server.services) {
        if !found.iter().any(|other| other.object.is(service.object)) {
            found.push(*service);
        }
    }
    found
}
