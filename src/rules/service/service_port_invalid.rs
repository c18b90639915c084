//! `service-port-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::policy_rules::IntOrString;
use crate::model::ports::{Protocol, fault_of_port_name, fault_of_port_number, is_dns_label};
use crate::model::services::{Service, ServicePortView};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-port-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        if service.is_patched {
            continue;
        }
        let mut seen: Vec<(u16, Protocol, Span)> = Vec::new();
        for port in service.ports() {
            for (span, message) in faults(service, &port) {
                findings.add(Diagnostic::error(span.label(""), message));
            }
            let (Some(number), Some(protocol)) = (port.number, port.protocol) else { continue };
            let span = port.source.port.span().unwrap_or(port.span);
            let first = seen.iter().find(|(n, p, _)| (*n, *p) == (number, protocol));
            if let Some((_, _, first)) = first {
                let name = service.object.name();
                let message = format!("the Service `{name}` has {protocol} port {number} twice");
                findings.add(
                    Diagnostic::error(span.label(""), message)
                        .related(first.label("the first"))
                        .help("a Service has a pair of port and protocol once; give one of them another number"),
                );
            } else if seen.len() < MAX_PORTS {
                seen.push((number, protocol, span));
            }
        }
    }
}

/// More ports than any Service has: those beyond are not held against each other.
const MAX_PORTS: usize = 1000;

fn faults(service: &Service<'_>, port: &ServicePortView<'_>) -> Vec<(Span, String)> {
    let source = port.source;
    let mut found = Vec::new();
    if let Field::Known(name) = &source.name
        && !name.value.is_empty()
    {
        if name.value.len() > 63 {
            let length = name.value.len();
            let message = format!(
                "`{}` is too long for the name of a Service's port: {length} of at most 63 characters",
                name.value
            );
            found.push((name.span, message));
        } else if !is_dns_label(&name.value) {
            let message = format!(
                "`{}` is no name of a Service's port: lower-case letters, digits and dashes between them",
                name.value
            );
            found.push((name.span, message));
        }
    }
    match &source.port {
        Field::Absent => {
            let service = service.object.name();
            let (span, which) = match &source.name {
                Field::Known(name) => (name.span, format!("port `{}`", name.value)),
                Field::Absent | Field::Unknown(_) => (port.span, "a port".to_owned()),
            };
            found.push((span, format!("{which} of the Service `{service}` has no number")));
        }
        Field::Known(number) => {
            found.extend(fault_of_port_number(number.value).map(|fault| (number.span, fault)));
        }
        Field::Unknown(_) => {}
    }
    if let Field::Known(target) = &source.target_port {
        let fault = match &target.value {
            IntOrString::Int(0) => None,
            IntOrString::Int(number) => fault_of_port_number(*number),
            IntOrString::Str(name) if name.is_empty() => None,
            IntOrString::Str(name) => fault_of_port_name(name),
        };
        found.extend(fault.map(|fault| (target.span, fault)));
    }
    if let Field::Known(protocol) = &source.protocol
        && !protocol.value.is_empty()
        && Protocol::from_name(&protocol.value).is_none()
    {
        found.push((protocol.span, no_protocol(&protocol.value)));
    }
    found
}

fn no_protocol(word: &str) -> String {
    format!("`{word}` is no protocol: these are `TCP`, `UDP` and `SCTP`")
}
