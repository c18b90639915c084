//! What workloads call by the names of Services, and which of it cannot come through.
//!
//! A call is followed as a packet goes: from the name to the Service, from the Service's port to
//! the port of its pods, and through the policies of both sides.

use super::Network;
use super::connectivity::layers::Reading;
use super::connectivity::traffic::Traffic;
use super::host_names::{HostName, NameKind, host_names, service};
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
}

/// The calls of all workloads that are blocked, each name of a workload once.
pub fn blocked_calls<'n, 'a>(network: &'n Network<'a>) -> Vec<BlockedCall<'n, 'a>> {
    let mut found = Vec::new();
    if network.policies.all.is_empty() && network.policies.others.is_empty() {
        return found;
    }
    for caller in 0..network.workloads.all.len() {
        let workload = &network.workloads.all[caller];
        for name in host_names(workload, &network.services) {
            if name.kind != NameKind::Cluster || !name.is_called {
                continue;
            }
            let Some(service) = service(workload, &network.services, &name.name) else { continue };
            found.extend(blocked(network, caller, name, service));
        }
    }
    found
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
            let traffic = connectivity.between(source, *endpoint, Reading::CAUTIOUS);
            let passes =
                |(protocol, port): &(Protocol, u16)| traffic.possible.contains(*protocol, *port);
            if *endpoint == source || ports.is_empty() || ports.iter().any(passes) {
                return None;
            }
            first = first.or(Some((*endpoint, called, ports[0])));
        }
    }
    let (destination, called, port) = first?;
    let pods = connectivity.pods(destination);
    let out = connectivity.allows(source, Direction::Egress, pods, Reading::CAUTIOUS).possible;
    let (direction, endpoint, let_through) = match out.contains(port.0, port.1) {
        true => {
            let pods = connectivity.pods(source);
            let ingress = Direction::Ingress;
            let into = connectivity.allows(destination, ingress, pods, Reading::CAUTIOUS);
            (ingress, destination, into.possible)
        }
        false => (Direction::Egress, source, out),
    };
    let policies = connectivity.limiting(endpoint, direction);
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
    })
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
