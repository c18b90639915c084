//! What the name of a Service leads to: pods, and their ports.

use super::endpoints::Endpoint;
use super::traffic::{Bounds, Traffic};
use crate::model::Network;
use crate::model::labels::Answer;
use crate::model::ports::{PortRef, Protocol};
use crate::model::services::{Service, ServicePortView};
use crate::source::Span;

/// Pods that a port of a Service leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Index of an endpoint.
    pub endpoint: usize,
    pub hop: Hop,
    /// The ports of the pods.
    pub target: Bounds,
}

/// A port of a Service, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub namespace: Option<String>,
    pub name: String,
    /// `None` where the name stands for the pods themselves.
    pub port: Option<(Protocol, u16)>,
    /// The name of the pods' port, where it leads to one.
    pub target_name: Option<String>,
    /// Whether the Service selects the pods.
    pub selects: Answer,
    pub span: Span,
}

/// Why the name of a Service leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It is an alias of a name elsewhere.
    ExternalName,
    /// Somebody else provides its endpoints.
    NoSelector,
    /// No pods in the files given have the labels that it asks for.
    NoPods,
    /// It has other ports than the one asked for.
    OtherPorts(Vec<(Protocol, u16)>),
}

/// Where a port of a Service leads, or all of its ports.
pub fn of_service(
    network: &Network<'_>,
    service: &Service<'_>,
    port: Option<(Protocol, u16)>,
) -> Result<Vec<Lead>, Gap> {
    if service.is_external_name() {
        return Err(Gap::ExternalName);
    }
    if service.selector.is_none() {
        return Err(Gap::NoSelector);
    }
    if service.selected.is_empty() {
        return Err(Gap::NoPods);
    }
    let hop = |selects, port, target_name: Option<&str>, span| Hop {
        namespace: service.object.namespace_name().map(str::to_owned),
        name: service.object.name().to_owned(),
        port,
        target_name: target_name.map(str::to_owned),
        selects,
        span,
    };
    // The name of a headless Service is that of its pods, whatever ports it writes down.
    let direct = port.filter(|_| service.is_headless());
    let is_meant = |view: &ServicePortView<'_>| {
        port.is_none_or(|(protocol, number)| {
            view.protocol.is_none_or(|of| of == protocol)
                && view.number.is_none_or(|of| of == number)
        })
    };
    let views: Vec<ServicePortView<'_>> = service.ports().filter(is_meant).collect();
    if direct.is_none() && views.is_empty() && !service.spec.ports.is_unknown() {
        let ports = service.ports().filter_map(|view| view.protocol.zip(view.number));
        return Err(Gap::OtherPorts(ports.collect()));
    }
    let endpoints = &network.connectivity().endpoints;
    let mut found = Vec::new();
    for (class, selects) in &service.selected {
        for endpoint in endpoints.of_class(*class) {
            let mut add = |hop: Hop, target: Bounds| {
                let is_sure = selects.is_yes() && !service.is_patched;
                let target = if is_sure { target } else { target.unsure() };
                found.push(Lead { endpoint: *endpoint, hop, target });
            };
            if let Some((protocol, number)) = direct {
                let span = service.object.resource.name_span();
                let target = Bounds::known(Traffic::ports(protocol, number, number));
                add(hop(*selects, None, None, span), target);
                continue;
            }
            for view in &views {
                let number = view.protocol.zip(view.number);
                let name = match view.target {
                    Some(PortRef::Name(name)) => Some(name),
                    _ => None,
                };
                let target = target(view, &endpoints.all[*endpoint]);
                add(hop(*selects, number, name, view.span), target);
            }
        }
    }
    Ok(found)
}

fn target(view: &ServicePortView<'_>, pods: &Endpoint<'_>) -> Bounds {
    let Some(protocol) = view.protocol else { return Bounds::all().unsure() };
    match view.target {
        Some(PortRef::Number(number)) => Bounds::known(Traffic::ports(protocol, number, number)),
        Some(PortRef::Name(name)) => pods.named(Some(protocol), name),
        None => Bounds::known(Traffic::protocol(protocol)).unsure(),
    }
}
