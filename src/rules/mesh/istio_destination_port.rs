//! `istio-destination-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::hosts::{HostOwner, HostPort};
use crate::model::mesh::routes::Target;
use crate::model::mesh::{Item, VirtualServiceSpec};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-destination-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for virtual_service in &network.mesh.virtual_services {
        for target in virtual_service.targets() {
            let Some(owner) = network.host_owner(target.name, virtual_service.object) else {
                continue;
            };
            let Some(ports) = owner.ports() else { continue };
            if target.destination.port.is_absent() {
                findings.extend(without_port(network, virtual_service, &target, &owner, &ports));
            } else {
                findings.extend(with_port(&target, &owner, &ports));
            }
        }
    }
}

fn with_port(
    target: &Target<'_>,
    owner: &HostOwner<'_, '_>,
    ports: &[HostPort<'_>],
) -> Option<Diagnostic> {
    let number = target.destination.port.value()?.number.known()?;
    let is_it = |port: &HostPort<'_>| i64::from(port.number) == number.value;
    if ports.is_empty() || ports.iter().any(is_it) {
        return None;
    }
    let message = format!("{} has no port {}", owner.title(), number.value);
    let behind = ports.iter().find(|port| port.target.map(i64::from) == Some(number.value));
    let (label, help) = match behind {
        Some(port) => (
            port.span.label(format!("its pods have {} behind this one", number.value)),
            format!("write {}: a destination names the port of the Service", port.number),
        ),
        None => {
            let numbers: Vec<String> = ports.iter().map(|port| port.number.to_string()).collect();
            let help = format!("its ports are {}", numbers.join(", "));
            (owner.object().label("the host that the route leads to"), help)
        }
    };
    Some(Diagnostic::error(number.label(""), message).related(label).help(help))
}

/// Proxies of Gateways take the port of the Gateway where several could be meant
/// (`GetDestinationCluster`, `pilot/pkg/networking/core/route`).
fn without_port(
    network: &Network<'_>,
    virtual_service: &Item<'_, VirtualServiceSpec>,
    target: &Target<'_>,
    owner: &HostOwner<'_, '_>,
    ports: &[HostPort<'_>],
) -> Option<Diagnostic> {
    if ports.len() < 2 || virtual_service.is_for_mesh() != Some(false) {
        return None;
    }
    let mut numbers = Vec::new();
    for (reference, _) in virtual_service.gateways() {
        let gateway = network.mesh.gateway(&reference)?;
        if gateway.spec.servers.is_unknown() {
            return None;
        }
        for server in gateway.spec.servers.items() {
            numbers.push(*server.value()?.port.value()?.number.value()?);
        }
    }
    if numbers.is_empty() || ports.iter().any(|port| numbers.contains(&i64::from(port.number))) {
        return None;
    }
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let message = format!(
        "{} has {} ports, the route names none, and the Gateway's is {}",
        owner.title(),
        ports.len(),
        numbers.join(", ")
    );
    let ports = ports.iter().take(3).map(|port| port.span.label("one of its ports"));
    Some(Diagnostic::warning(target.host.label(""), message).related_all(ports).help(
        "add `port.number`: without it, the proxy looks for the number of the Gateway's port",
    ))
}
