//! `istio-gateway-port-not-on-service`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::{Answer, Selector};
use crate::model::ports::{PortRef, Protocol};
use crate::model::services::{Service, ServicePortView};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-gateway-port-not-on-service.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for gateway in &network.mesh.gateways {
        let selector = Selector::of_labels(&gateway.spec.selector);
        if selector.is_empty() {
            continue;
        }
        let classes = network.classes_of(&Selector::default(), &selector);
        if classes.iter().any(|(_, selects)| !selects.is_yes()) {
            continue;
        }
        let classes: Vec<usize> = classes.into_iter().map(|(class, _)| class).collect();
        let Some(services) = services(network, &classes) else { continue };
        let views: Vec<ServicePortView<'_>> =
            services.iter().flat_map(|service| service.ports()).collect();
        for server in gateway.spec.servers.items() {
            let Some(server) = server.value() else { continue };
            let Some(number) = server.port.value().and_then(|port| port.number.known()) else {
                continue;
            };
            // A server with an address of its own may be reached in other ways.
            if !server.bind.is_absent()
                || views.iter().any(|view| may_be(network, view, &classes, number.value))
            {
                continue;
            }
            let names: Vec<String> =
                services.iter().map(|service| service.object.name().to_owned()).collect();
            let message = match names.len() {
                1 => format!("Service {} has no port {}", some_of(&names, ""), number.value),
                _ => format!("none of {} has a port {}", some_of(&names, "Services"), number.value),
            };
            let labels = services.iter().take(3).map(|service| {
                service.object.label("the Service of the pods that the Gateway is for")
            });
            findings.add(
                Diagnostic::warning(number.label(""), message)
                    .related_all(labels)
                    .help("nobody outside gets to this port: add it to the Service, or listen at one that it has"),
            );
        }
    }
}

/// The Services of the pods; `None` when there is none, or not all is known.
fn services<'n, 'a>(network: &'n Network<'a>, classes: &[usize]) -> Option<Vec<&'n Service<'a>>> {
    let mut services: Vec<&Service<'_>> = Vec::new();
    for class in classes {
        for service in network.services.of_class(*class) {
            let selected = service.selected.iter().find(|(own, _)| own == class);
            let known = selected.is_some_and(|(_, selects)| *selects == Answer::Yes)
                && !network.mesh.is_patched(service.object)
                && !service.spec.ports.is_unknown()
                && service.spec.ports.items().iter().all(|port| !port.is_unknown());
            if !known {
                return None;
            }
            if !services.iter().any(|other| other.object.is(service.object)) {
                services.push(service);
            }
        }
    }
    (!services.is_empty()).then_some(services)
}

/// Whether a port of a Service leads to the Gateway's: by its own number or by that of the pods.
fn may_be(
    network: &Network<'_>,
    view: &ServicePortView<'_>,
    classes: &[usize],
    number: i64,
) -> bool {
    let is_it = |port: u16| i64::from(port) == number;
    match (view.number, view.target) {
        (None, _) | (_, None) => true,
        (Some(own), _) if is_it(own) => true,
        (_, Some(PortRef::Number(target))) => is_it(target),
        (_, Some(PortRef::Name(name))) => {
            let protocol = view.protocol.unwrap_or(Protocol::Tcp);
            let workloads = classes.iter().flat_map(|class| network.workloads.members(*class));
            workloads
                .map(|workload| workload.port_named(name, protocol))
                .any(|port| port.is_none_or(is_it))
        }
    }
}
