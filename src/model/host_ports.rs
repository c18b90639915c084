//! Ports of nodes that pods want, and nodes that pods share.

use super::labels::Answer;
use super::object::{has_unknown, known_labels};
use super::ports::{Protocol, port_number};
use super::workloads::Workload;
use crate::ingest::kubernetes::{Container, PodSpec};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A port of its node that a pod wants.
#[derive(Clone, Copy, Debug)]
pub struct HostPort<'a> {
    pub protocol: Protocol,
    pub number: u16,
    /// Empty for every address of the node; `None` when it cannot be known.
    pub address: Option<&'a str>,
    pub is_of_sidecar: bool,
    pub span: Span,
}

/// The ports of the node that a workload's pods want, as far as they are declared: host ports, and
/// with `hostNetwork` all container ports.
pub fn host_ports<'a>(workload: &Workload<'a>) -> Vec<HostPort<'a>> {
    let pod: &'a PodSpec = &workload.spec.pod;
    let of = |container: &'a Container| ports(container, workload.host_network);
    let sidecars = pod.running_containers().skip(pod.containers.items().len());
    let regular = pod.containers.items().iter().filter_map(Field::value).flat_map(of);
    let sidecars = sidecars.flat_map(of).map(|port| HostPort { is_of_sidecar: true, ..port });
    regular.chain(sidecars).collect()
}

fn ports(container: &Container, host_network: Answer) -> Vec<HostPort<'_>> {
    let ports = container.ports.items().iter().filter_map(Field::value);
    ports
        .filter_map(|port| {
            let host = port.host_port.known().filter(|number| number.value != 0);
            let own = port
                .container_port
                .known()
                .filter(|_| host_network.is_yes() && !port.host_port.is_unknown());
            let number = host.or(own)?;
            let address = match &port.host_ip {
                Field::Absent => Some(""),
                Field::Known(text) => Some(text.value.as_str()),
                Field::Unknown(_) => None,
            };
            Some(HostPort {
                protocol: Protocol::of_field(&port.protocol)?,
                number: port_number(number.value)?,
                address: address.map(|text| if is_any(text) { "" } else { text }),
                is_of_sidecar: false,
                span: number.span,
            })
        })
        .collect()
}

fn is_any(address: &str) -> bool {
    matches!(address, "0.0.0.0" | "::")
}

impl HostPort<'_> {
    /// Whether a node can have only one of the two, for certain.
    pub fn collides_with(&self, other: &HostPort<'_>) -> bool {
        let same = match (self.address, other.address) {
            (Some(one), Some(two)) => one == two || one.is_empty() || two.is_empty(),
            _ => false,
        };
        same && (self.protocol, self.number) == (other.protocol, other.number)
    }
}

/// Whether pods of two DaemonSets run on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// On every node of one of them.
    All,
    Possible,
    None,
}

/// By the node selectors of two DaemonSets. What affinities and taints make of it is not known:
/// they leave it possible.
pub fn sharing(one: &Workload<'_>, other: &Workload<'_>) -> Sharing {
    let (one, other) = (&one.spec.pod, &other.spec.pod);
    let (own, others) = (known_labels(&one.node_selector), known_labels(&other.node_selector));
    let differs = own.iter().any(|(key, value)| others.get(key).is_some_and(|it| it != value));
    if differs {
        return Sharing::None;
    }
    let is_vague = [one, other].into_iter().any(|pod| {
        let affinity = pod.affinity.value();
        has_unknown(&pod.node_selector)
            || pod.affinity.is_unknown()
            || affinity.is_some_and(|affinity| !affinity.node_affinity.is_absent())
    });
    // Every node that Linux runs on is one of those with no selector at all.
    let names = |labels: &std::collections::BTreeMap<&str, &str>| {
        let names =
            labels.iter().filter(|(key, value)| !(key.ends_with("/os") && **value == "linux"));
        names.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    let (own, others) = (names(&own), names(&others));
    let within =
        |inner: &[String], outer: &[String]| outer.iter().all(|label| inner.contains(label));
    match !is_vague && (within(&own, &others) || within(&others, &own)) {
        true => Sharing::All,
        false => Sharing::Possible,
    }
}
