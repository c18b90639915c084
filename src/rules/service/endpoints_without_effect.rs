//! `endpoints-without-effect`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::endpoint_objects::{EndpointObject, Form, endpoint_objects};
use crate::model::ports::Protocol;
use crate::model::services::Service;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/endpoints-without-effect.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let all = endpoint_objects(&network.objects);
    for endpoints in &all {
        if network.patches.may_change(endpoints.object) {
            continue;
        }
        let name = endpoints.object.name();
        match (endpoints.service(), endpoints.form) {
            (Field::Absent, Form::Slice(_)) => findings.add(
                Diagnostic::warning(
                    endpoints.object.label(""),
                    format!("EndpointSlice `{name}` is that of no Service: it has no label `kubernetes.io/service-name`"),
                )
                .help("give it the label, with the name of the Service"),
            ),
            (Field::Known(service), Form::Endpoints(_)) => {
                let service = network.services.get(endpoints.object.namespace(), &service.value);
                findings.extend(service.and_then(|service| overwritten(endpoints, service)));
            }
            _ => {}
        }
    }
    for service in &network.services.all {
        if service.selector.is_some() || service.is_external_name() || service.is_patched {
            continue;
        }
        let own: Vec<&EndpointObject<'_>> = all
            .iter()
            .filter(|endpoints| {
                let of = endpoints.service();
                of.value().is_some_and(|name| name == service.object.name())
                    && endpoints.object.namespace() == service.namespace
            })
            .collect();
        findings.extend(other_names(service, &own));
    }
}

fn overwritten(endpoints: &EndpointObject<'_>, service: &Service<'_>) -> Option<Diagnostic> {
    if service.is_patched || service.spec.selector.is_unknown() {
        return None;
    }
    service.selector.as_ref()?;
    let name = endpoints.object.name();
    let message = format!(
        "Endpoints `{name}` are written over: the Service `{}` has a selector",
        service.object.name()
    );
    let place = service.spec.selector.span();
    Some(
        Diagnostic::warning(endpoints.object.label(""), message)
            .related_all(
                place.map(|place| {
                    place.label("a controller writes the Endpoints of what this selects")
                }),
            )
            .help("take the selector out of the Service, or leave the Endpoints to the controller"),
    )
}

/// Ports of a Service that no endpoints have, because they go by names.
fn other_names(service: &Service<'_>, own: &[&EndpointObject<'_>]) -> Vec<Diagnostic> {
    let ports: Option<Vec<_>> = own.iter().map(|endpoints| endpoints.ports()).collect();
    let ports: Vec<_> = ports.into_iter().flatten().flatten().collect();
    let mut found = Vec::new();
    if ports.is_empty() || ports.iter().any(|port| port.name.is_unknown()) {
        return found;
    }
    let text = |field: &Field<String>| field.value().cloned().unwrap_or_default();
    for port in service.ports() {
        let (Some(number), Some(protocol)) = (port.number, port.protocol) else { continue };
        if port.source.name.is_unknown() {
            continue;
        }
        let name = text(&port.source.name);
        let has = ports.iter().any(|other| {
            text(&other.name) == name
                && Protocol::of_field(&other.protocol).is_none_or(|other| other == protocol)
        });
        if has {
            continue;
        }
        let wanted = match name.is_empty() {
            true => "a port without a name".to_owned(),
            false => format!("a port named `{name}`"),
        };
        let message = format!(
            "{protocol} port {number} of the Service `{}` has no endpoints: none in view has {wanted}",
            service.object.name()
        );
        let place = port.source.port.span().unwrap_or(port.span);
        found.push(
            Diagnostic::error(place.label(""), message)
                .related_all(own.first().map(|first| first.object.label("its endpoints")))
                .help("ports of endpoints belong to ports of their Service by name: write the same in both"),
        );
    }
    found
}
