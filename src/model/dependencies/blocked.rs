//! Calls that the policies of one side do not let through.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::{Call, calls};
use crate::model::Network;
use crate::model::addresses::IpRange;
use crate::model::connectivity::Connectivity;
use crate::model::connectivity::layers::{Peer, Policy, Reading};
use crate::model::connectivity::traffic::Traffic;
use crate::model::dns_egress::Isolated;
use crate::model::namespaces::fold;
use crate::model::object::Object;
use crate::model::policies::Direction;
use crate::model::ports::{PortRef, Protocol};
use crate::model::service_endpoints::GivenPort;
use crate::model::services::Service;
use crate::source::Span;

/// A call that policies do not let through, whatever is not known.
#[derive(Debug)]
pub struct BlockedCall<'n, 'a> {
    pub call: Call<'n, 'a>,
    /// One of those that the Service leads to.
    pub called: Called,
    /// Its port there.
    pub port: (Protocol, u16),
    /// Which side does not let it through.
    pub direction: Direction,
    /// The policies of that side.
    pub policies: Vec<Object<'a>>,
    /// What does come through there.
    pub let_through: Traffic,
    pub ground: Ground,
}

/// What a Service leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// Index of a workload.
    Workload(usize),
    /// An address that is none of a pod in view, as an Endpoints object gives it.
    Address(IpAddr, Span),
}

/// How much the policies of the side that blocks a call tell about what is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// They let something else through.
    Rules,
    /// They let nothing through, and others of the namespace do, though not this.
    DefaultAmongOthers,
    /// They let nothing through, as do all of the namespace in view: what lets calls through may
    /// stand elsewhere.
    DefaultAlone,
}

/// The calls of all workloads that are blocked, each Service and port of a workload once.
pub fn blocked_calls<'n, 'a>(network: &'n Network<'a>) -> Vec<BlockedCall<'n, 'a>> {
    let mut found = Vec::new();
    if network.connectivity().layers.is_empty() {
        return found;
    }
    let without_dns = without_dns(network);
    let mut told = FxHashSet::default();
    for call in calls(network) {
        let key = (call.caller, call.service.object.span(), call.name.port);
        let Some(blocked) = blocked(network, call) else { continue };
        // That it cannot even ask for the name is told elsewhere.
        let lacks_dns = without_dns.contains(&blocked.call.caller);
        if (blocked.direction == Direction::Ingress || !lacks_dns) && told.insert(key) {
            found.push(blocked);
        }
    }
    found
}

/// The workloads that policies keep from asking for names.
fn without_dns(network: &Network<'_>) -> FxHashSet<usize> {
    let verdicts = network.dns_egress.verdicts.iter().filter(|verdict| verdict.reaches.udp.is_no());
    let members = verdicts.filter_map(|verdict| match &verdict.pods {
        Isolated::Workloads { members, .. } => Some(members),
        Isolated::SelectedBy(_) => None,
    });
    members.flatten().copied().collect()
}

fn blocked<'n, 'a>(network: &'n Network<'a>, call: Call<'n, 'a>) -> Option<BlockedCall<'n, 'a>> {
    let connectivity = network.connectivity();
    let source = connectivity.of_workload(network.workloads.all[call.caller].class, call.caller)?;
    let mut first = None;
    for (called, ports) in destinations(network, call.service, call.name.port)? {
        let (endpoint, let_out, let_in) = match called {
            Called::Workload(workload) => {
                let class = network.workloads.all[workload].class;
                let endpoint = connectivity.of_workload(class, workload)?;
                let (from, to) = (connectivity.pods(source), connectivity.pods(endpoint));
                let let_out = possible(connectivity, source, Direction::Egress, to);
                (
                    Some(endpoint),
                    let_out,
                    possible(connectivity, endpoint, Direction::Ingress, from),
                )
            }
            Called::Address(address, _) => {
                let peer = Peer::External(IpRange::single(address));
                let let_out = possible(connectivity, source, Direction::Egress, peer);
                (None, let_out, Traffic::all())
            }
        };
        let traffic = let_out.and(&let_in);
        let passes = |(protocol, port): &(Protocol, u16)| traffic.contains(*protocol, *port);
        if endpoint == Some(source) || ports.is_empty() || ports.iter().any(passes) {
            return None;
        }
        first = first.or(Some((endpoint, called, ports[0], let_out, let_in)));
    }
    let (destination, called, port, let_out, let_in) = first?;
    let (direction, endpoint, let_through) = match destination {
        Some(destination) if let_out.contains(port.0, port.1) => {
            (Direction::Ingress, destination, let_in)
        }
        _ => (Direction::Egress, source, let_out),
    };
    let policies = connectivity.limiting(endpoint, direction);
    let ground = ground(connectivity, endpoint, direction, &policies);
    let policies: Vec<Object<'a>> = policies.into_iter().map(|policy| policy.object).collect();
    (!policies.is_empty()).then_some(BlockedCall {
        call,
        called,
        port,
        direction,
        policies,
        let_through,
        ground,
    })
}

/// What an endpoint may send to a peer, or receive from it, whatever is not known.
fn possible<'a>(
    connectivity: &Connectivity<'a>,
    endpoint: usize,
    direction: Direction,
    peer: Peer<'_, 'a>,
) -> Traffic {
    if !connectivity.is_complete_for(connectivity.endpoints.all[endpoint].namespace) {
        return Traffic::all();
    }
    connectivity.allows(endpoint, direction, peer, Reading::CAUTIOUS).possible
}

fn ground(
    connectivity: &Connectivity<'_>,
    endpoint: usize,
    direction: Direction,
    limiting: &[&Policy<'_>],
) -> Ground {
    let has_rules = |policy: &Policy<'_>| {
        let side = policy.side(direction);
        !side.rules.is_empty() || side.unknown
    };
    if limiting.iter().any(|policy| has_rules(policy)) {
        return Ground::Rules;
    }
    let namespace = fold(connectivity.endpoints.all[endpoint].namespace);
    let mut others = connectivity.layers.iter().flat_map(|layer| &layer.policies);
    match others.any(|policy| fold(policy.object.namespace()) == namespace && has_rules(policy)) {
        true => Ground::DefaultAmongOthers,
        false => Ground::DefaultAlone,
    }
}

/// A destination, and the ports there that a call may mean.
type Destination = (Called, Vec<(Protocol, u16)>);

/// All that a Service leads to; `None` when that cannot be known.
fn destinations(
    network: &Network<'_>,
    service: &Service<'_>,
    called_at: Option<u16>,
) -> Option<Vec<Destination>> {
    if service.selector.is_none() {
        return given(network, service, called_at);
    }
    let endpoints = &network.connectivity().endpoints;
    let mut found = Vec::new();
    for (class, selects) in &service.selected {
        if !selects.is_yes() {
            return None;
        }
        for endpoint in endpoints.of_class(*class) {
            let workload = *endpoints.all[*endpoint].members.first()?;
            let ports = ports(network, service, called_at, workload)?;
            found.push((Called::Workload(workload), ports));
        }
    }
    Some(found)
}

/// The ports of a workload's pods that a call through a Service may mean; `None` when one of them
/// cannot be known.
fn ports(
    network: &Network<'_>,
    service: &Service<'_>,
    called_at: Option<u16>,
    workload: usize,
) -> Option<Vec<(Protocol, u16)>> {
    if service.is_headless() {
        // The name is that of the pods themselves.
        return called_at.map(|port| vec![(Protocol::Tcp, port)]);
    }
    let mut ports = Vec::new();
    for view in service.ports_at(called_at) {
        let protocol = view.protocol?;
        let port = match view.target? {
            PortRef::Number(port) => port,
            PortRef::Name(name) => network.workloads.all[workload].port_named(name, protocol)?,
        };
        ports.push((protocol, port));
    }
    Some(ports)
}

/// What somebody wrote down for a Service without a selector.
fn given(
    network: &Network<'_>,
    service: &Service<'_>,
    called_at: Option<u16>,
) -> Option<Vec<Destination>> {
    let mut found = Vec::new();
    for given in network.service_endpoints.of(service) {
        if !given.is_known {
            return None;
        }
        let mut ports = Vec::new();
        if service.is_headless() {
            ports.push((Protocol::Tcp, called_at?));
        } else {
            for view in service.ports_at(called_at) {
                let name = view.source.name.value().map_or("", String::as_str);
                let is_meant = |port: &&GivenPort<'_>| {
                    port.name == name && Some(port.protocol) == view.protocol
                };
                let meant = given.ports.iter().filter(is_meant);
                ports.extend(meant.map(|port| (port.protocol, port.number)));
            }
        }
        for place in &given.places {
            let called = match place.pod {
                Some((namespace, name)) => Called::Workload(pod(network, namespace, name)?),
                None if may_be_a_pod(network, place.address) => return None,
                None => Called::Address(place.address, place.span),
            };
            found.push((called, ports.clone()));
        }
    }
    Some(found)
}

fn pod(network: &Network<'_>, namespace: &str, name: &str) -> Option<usize> {
    network.workloads.all.iter().position(|workload| {
        workload.object.kind() == "Pod"
            && workload.object.name() == name
            && fold(workload.namespace) == fold(namespace)
    })
}

/// Whether an address may be that of a pod that is not in view. Nobody writes those down but the
/// control plane, and it says whose they are.
fn may_be_a_pod(network: &Network<'_>, address: IpAddr) -> bool {
    network.dns.pod_ranges.iter().any(|range| range.contains_address(address))
}
