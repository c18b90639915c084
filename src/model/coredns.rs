//! CoreDNS: what serves names to the cluster, how it is configured, and what stands around it.
//!
//! Not every CoreDNS is the cluster's: one may cache names on each node, another may be a sidecar
//! or serve a zone of its own. What is expected of a [`Role`] is for rules to say.

pub mod arguments;
mod corefile;
mod distribution;
pub mod plugins;
mod search;
mod server;
mod service;

pub use corefile::{Corefile, Upstream, listens, upstream};
pub use distribution::Distribution;
pub use server::{HealthCheck, Server};
pub use service::DnsService;

pub use crate::ingest::CorefilePart;
pub use crate::syntax::corefile::{Directive, ServerBlock, ServerKey, Word};

use std::net::IpAddr;

use super::Network;
use super::image::Component;
use super::object::Object;
use super::services::Services;
use super::workloads::Workloads;
use crate::ingest::Body;
use crate::ingest::component_config::ComponentConfig;
use crate::source::Spanned;

/// What a CoreDNS is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It serves the names of Services and pods to the whole cluster.
    Cluster,
    /// It is the cache on each node, NodeLocal DNSCache.
    NodeLocal,
    /// Anything else, or not to be told.
    Other,
}

/// All of CoreDNS in a cluster.
#[derive(Debug)]
pub struct CoreDns<'a> {
    /// Workloads that run CoreDNS or NodeLocal DNSCache.
    pub servers: Vec<Server<'a>>,
    /// Every Corefile, and every part of one, whoever uses it.
    pub corefiles: Vec<Corefile<'a>>,
    /// The Services in front of the cluster's servers, as they are in view; without a server, those
    /// that have the usual name.
    pub services: Vec<DnsService<'a>>,
}

impl<'a> CoreDns<'a> {
    pub fn new(
        objects: &[Object<'a>],
        workloads: &Workloads<'a>,
        services: &Services<'a>,
    ) -> CoreDns<'a> {
        let mut corefiles = corefile::in_objects(objects);
        let servers = search::servers(objects, workloads, services, &mut corefiles);
        for corefile in &mut corefiles {
            corefile.find_role(&servers);
        }
        let services = service::of_cluster(services, &servers);
        CoreDns { servers, corefiles, services }
    }

    /// The servers of the cluster's names.
    pub fn cluster_servers(&self) -> impl Iterator<Item = &Server<'a>> {
        self.servers.iter().filter(|server| server.role == Role::Cluster)
    }

    /// The Corefile of a server, when it is in view.
    pub fn corefile_of(&self, server: &Server<'a>) -> Option<&Corefile<'a>> {
        server.corefile.map(|index| &self.corefiles[index])
    }

    /// The addresses of the Services in front of the cluster's servers.
    pub fn cluster_addresses(&self) -> Vec<Spanned<IpAddr>> {
        self.services.iter().flat_map(|service| service.addresses()).collect()
    }

    /// The servers that a Corefile configures.
    pub fn users<'s>(&'s self, corefile: &'s Corefile<'a>) -> impl Iterator<Item = &'s Server<'a>> {
        corefile.users.iter().map(|index| &self.servers[*index])
    }

    /// Corefiles of the cluster's servers of which everything is in view, so that what is not
    /// there is missing.
    pub fn complete_cluster_corefiles(&self) -> impl Iterator<Item = &Corefile<'a>> {
        self.corefiles.iter().filter(|corefile| {
            corefile.role == Role::Cluster
                && corefile.is_complete()
                && !corefile.blocks().is_empty()
        })
    }
}

impl Network<'_> {
    /// The files of resolvers that kubelets hand to pods with the DNS of their node, as written.
    pub fn kubelet_resolvers(&self) -> Vec<Spanned<String>> {
        let configured = self.objects.iter().filter_map(|object| match object.body() {
            Body::ComponentConfig(ComponentConfig::Kubelet(kubelet)) => kubelet.resolv_conf.known(),
            _ => None,
        });
        let kubelets = self.components.iter().filter(|one| one.component == Component::Kubelet);
        let flags = kubelets.filter_map(|kubelet| kubelet.flags.value("resolv-conf"));
        configured.chain(flags).cloned().collect()
    }

    /// How many pods and Services CoreDNS has to know, at the least: those that the files count.
    pub fn pods_and_services(&self) -> u64 {
        let pods = self.capacity.demand.pods(self.capacity.nodes.at_least());
        pods.saturating_add(self.services.all.len() as u64)
    }
}

#[cfg(test)]
mod tests;
