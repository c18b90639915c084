//! What workloads call by the names of Services, and which of it cannot come through.
//!
//! A call is followed as a packet goes: from the name to the Service, from the Service's port to
//! the port of its pods, and through the policies of both sides.

use rustc_hash::FxHashSet;

use super::Network;
use super::connectivity::Connectivity;
use super::connectivity::layers::{Policy, Reading};
use super::connectivity::traffic::Traffic;
use super::dns_egress::Isolated;
use super::host_names::{HostName, NameKind, host_names, service};
use super::namespaces::fold;
use super::object::Object;
use super::policies::Direction;
use super::ports::{PortRef, Protocol};
use super::services::Service;

/// A call that policies do not let through, whatever is not known.
#[derive(Debug)]
pub struct BlockedCall<'n, 'a> {
    /// Index of the workload that calls.
    pub caller: usize,
    pub name: HostName,
    pub service: &'n Service<'a>,
    /// Index of a workload that is called.
    pub called: usize,
    /// The port of its pods.
    pub port: (Protocol, u16),
    /// Which side does not let it through.
    pub direction: Direction,
    /// The policies of that side.
    pub policies: Vec<Object<'a>>,
    /// What does come through there.
    pub let_through: Traffic,
    pub ground: Ground,
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

/// The calls of all workloads that are blocked, each name of a workload once.
pub fn blocked_calls<'n, 'a>(network: &'n Network<'a>) -> Vec<BlockedCall<'n, 'a>> {
    let mut found = Vec::new();
    if network.connectivity().layers.is_empty() {
        return found;
    }
    let without_dns = without_dns(network);
    for caller in 0..network.workloads.all.len() {
        let workload = &network.workloads.all[caller];
        for name in host_names(workload, &network.services) {
            if name.kind != NameKind::Cluster || !name.is_called {
                continue;
            }
            let Some(service) = service(workload, &network.services, &name.name) else { continue };
            let call = blocked(network, caller, name, service);
            // That it cannot even ask for the name is told elsewhere.
            found.extend(call.filter(|call| {
                call.direction == Direction::Ingress || !without_dns.contains(&caller)
            }));
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

fn blocked<'n, 'a>(
    network: &'n Network<'a>,
    caller: usize,
    name: HostName,
    service: &'n Service<'a>,
) -> Option<BlockedCall<'n, 'a>> {
    let connectivity = network.connectivity();
    let source = connectivity.of_workload(network.workloads.all[caller].class, caller)?;
    let mut first = None;
    for (class, selects) in &service.selected {
        if !selects.is_yes() {
            return None;
        }
        for endpoint in connectivity.endpoints.of_class(*class) {
            let called = *connectivity.endpoints.all[*endpoint].members.first()?;
            let ports = ports(network, service, name.port, called)?;
            let let_out = possible(connectivity, source, Direction::Egress, *endpoint);
            let let_in = possible(connectivity, *endpoint, Direction::Ingress, source);
            let traffic = let_out.and(&let_in);
            let passes = |(protocol, port): &(Protocol, u16)| traffic.contains(*protocol, *port);
            if *endpoint == source || ports.is_empty() || ports.iter().any(passes) {
                return None;
            }
            first = first.or(Some((*endpoint, called, ports[0], let_out, let_in)));
        }
    }
    let (destination, called, port, let_out, let_in) = first?;
    let (direction, endpoint, let_through) = match let_out.contains(port.0, port.1) {
        true => (Direction::Ingress, destination, let_in),
        false => (Direction::Egress, source, let_out),
    };
    let policies = connectivity.limiting(endpoint, direction);
    let ground = ground(connectivity, endpoint, direction, &policies);
    let policies: Vec<Object<'a>> = policies.into_iter().map(|policy| policy.object).collect();
    (!policies.is_empty()).then_some(BlockedCall {
        caller,
        name,
        service,
        called,
        port,
        direction,
        policies,
        let_through,
        ground,
    })
}

/// What an endpoint may send to another one, or receive from it, whatever is not known.
fn possible(
    connectivity: &Connectivity<'_>,
    endpoint: usize,
    direction: Direction,
    other: usize,
) -> Traffic {
    if !connectivity.is_complete_for(connectivity.endpoints.all[endpoint].namespace) {
        return Traffic::all();
    }
    connectivity.allows(endpoint, direction, connectivity.pods(other), Reading::CAUTIOUS).possible
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

/// The ports of a workload's pods that a call through a Service may mean; `None` when one of them
/// cannot be known.
fn ports(
    network: &Network<'_>,
    service: &Service<'_>,
    called_at: Option<u16>,
    workload: usize,
) -> Option<Vec<(Protocol, u16)>> {
    let is_headless = service.spec.cluster_ip.value().is_some_and(|address| address == "None");
    if is_headless {
        // The name is that of the pods themselves.
        return called_at.map(|port| vec![(Protocol::Tcp, port)]);
    }
    let mut ports = Vec::new();
    for view in service.ports() {
        if called_at.is_some_and(|port| view.number.is_some_and(|number| number != port)) {
            continue;
        }
        let protocol = view.protocol?;
        let port = match view.target? {
            PortRef::Number(port) => port,
            PortRef::Name(name) => network.workloads.all[workload].port_named(name, protocol)?,
        };
        ports.push((protocol, port));
    }
    Some(ports)
}
