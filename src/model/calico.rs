//! Calico beside its pools: the environment that calico-node starts with, what the operator is
//! told, and what BGP is told. Pools are a part of the address plan, see
//! [`super::addresses::IpPool`].

use super::object::Object;
use crate::ingest::Body;
use crate::ingest::calico::Calico as Spec;
pub use crate::ingest::calico::{
    Autodetection, BgpSpec, CalicoNetwork, InstallationPool, InstallationSpec, IpReservationSpec,
};
use crate::ingest::kubernetes::{Container, Kubernetes};
use crate::source::Spanned;
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct Calico<'a> {
    pub environments: Vec<Environment<'a>>,
    pub installations: Vec<(Object<'a>, &'a InstallationSpec)>,
    pub bgp: Vec<(Object<'a>, &'a BgpSpec)>,
    /// BGPPeers.
    pub peers: Vec<Object<'a>>,
    pub reservations: Vec<(Object<'a>, &'a IpReservationSpec)>,
    /// Whether something is said about who makes the routes to pods of other nodes, which is BGP
    /// otherwise, save for VXLAN.
    pub has_own_routing: bool,
    /// `bird`, `vxlan` or `none`: what calico-node is told makes the routes, where all that is
    /// said about it is the same.
    pub backend: Option<&'a Spanned<String>>,
}

/// The variables of a container that runs calico-node.
#[derive(Debug)]
pub struct Environment<'a> {
    pub object: Object<'a>,
    container: &'a Container,
}

impl<'a> Calico<'a> {
    pub fn new(objects: &[Object<'a>]) -> Calico<'a> {
        let mut calico = Calico { backend: backend(objects), ..Calico::default() };
        for object in objects {
            match object.body() {
                Body::Calico(Spec::Installation(spec)) => {
                    let mode = spec.calico_network.then(|network| &network.cluster_routing_mode);
                    calico.has_own_routing |= !mode.is_absent();
                    calico.installations.push((*object, spec));
                }
                Body::Calico(Spec::Bgp(spec)) => {
                    calico.has_own_routing |= !spec.program_cluster_routes.is_absent();
                    calico.bgp.push((*object, spec));
                }
                Body::Calico(Spec::Felix(spec)) => {
                    calico.has_own_routing |= !spec.program_cluster_routes.is_absent();
                }
                Body::Calico(Spec::BgpPeer) => calico.peers.push(*object),
                Body::Calico(Spec::IpReservation(spec)) => {
                    calico.reservations.push((*object, spec));
                }
                Body::Kubernetes(Kubernetes::Workload(workload)) => {
                    let containers = workload.pod.running_containers();
                    let environments = containers
                        .map(|container| Environment { object: *object, container })
                        .filter(Environment::is_calico_node);
                    calico.environments.extend(environments);
                }
                _ => {}
            }
        }
        calico
    }
}

/// `calico_backend` of the ConfigMap is what the manifests fill the variable from.
fn backend<'a>(objects: &[Object<'a>]) -> Option<&'a Spanned<String>> {
    let mut stated: Vec<&Spanned<String>> = Vec::new();
    for object in objects {
        match object.body() {
            Body::Kubernetes(Kubernetes::ConfigMap(map)) if object.name() == "calico-config" => {
                let field = map.data.value().and_then(|data| data.get("calico_backend"));
                stated.extend(field.and_then(Field::known));
            }
            Body::Kubernetes(Kubernetes::Workload(workload)) => {
                for container in workload.pod.running_containers() {
                    let environment = Environment { object: *object, container };
                    stated.extend(environment.variable("CALICO_NETWORKING_BACKEND"));
                }
            }
            _ => {}
        }
    }
    let first = *stated.first()?;
    let same = |other: &&Spanned<String>| other.trim().eq_ignore_ascii_case(first.trim());
    stated.iter().all(same).then_some(first)
}

impl<'a> Environment<'a> {
    /// A variable that is written out, with the name in front; of several of one name the last,
    /// as the kubelet has it. `None` for one that another object fills in.
    pub fn variable(&self, name: &str) -> Option<&'a Spanned<String>> {
        self.entry(name)?.known()
    }

    /// Whether a variable is there, whoever says what it is.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    fn entry(&self, name: &str) -> Option<&'a Field<String>> {
        let entries = self.container.env.items().iter().filter_map(Field::value);
        let mut named = entries.filter(|entry| entry.name.value().is_some_and(|own| own == name));
        named.next_back().map(|entry| &entry.value)
    }

    fn is_calico_node(&self) -> bool {
        let names = self.container.env.items().iter().filter_map(Field::value);
        let mut names = names.filter_map(|entry| entry.name.value());
        names.any(|name| {
            name.starts_with("CALICO_IPV4POOL_")
                || name.starts_with("CALICO_IPV6POOL_")
                || name == "NO_DEFAULT_POOLS"
        })
    }
}
