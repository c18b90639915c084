//! `container-port-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::ports::{Protocol, fault_of_port_name, fault_of_port_number, port_number};
use crate::model::workloads::{Container, ContainerPort, Workload};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/container-port-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        if !workload.patches.is_empty() || network.patches.may_change(workload.object) {
            continue;
        }
        for container in workload.spec.pod.all_containers() {
            for port in container.ports.items().iter().filter_map(Field::known) {
                for (span, message) in faults(workload, port) {
                    findings.add(Diagnostic::error(span.label(""), message));
                }
            }
            findings.extend(same_name(workload, container));
        }
        findings.extend(shared(workload));
    }
}

fn faults(workload: &Workload<'_>, port: &Spanned<ContainerPort>) -> Vec<(Span, String)> {
    let source = &port.value;
    let mut found = Vec::new();
    if let Field::Known(name) = &source.name
        && !name.value.is_empty()
    {
        found.extend(fault_of_port_name(&name.value).map(|fault| (name.span, fault)));
    }
    match &source.container_port {
        Field::Absent => {
            let title = workload.title();
            let (span, which) = match &source.name {
                Field::Known(name) => (name.span, format!("port `{}`", name.value)),
                Field::Absent | Field::Unknown(_) => (port.span, "a port".to_owned()),
            };
            found.push((span, format!("{which} of `{title}` has no number")));
        }
        Field::Known(number) => {
            found.extend(fault_of_port_number(number.value).map(|fault| (number.span, fault)));
        }
        Field::Unknown(_) => {}
    }
    // Zero is none.
    if let Some(number) = source.host_port.known().filter(|number| number.value != 0) {
        found.extend(fault_of_port_number(number.value).map(|fault| (number.span, fault)));
    }
    if let Field::Known(protocol) = &source.protocol
        && !protocol.value.is_empty()
        && Protocol::from_name(&protocol.value).is_none()
    {
        let message =
            format!("`{}` is no protocol: these are `TCP`, `UDP` and `SCTP`", protocol.value);
        found.push((protocol.span, message));
    }
    found
}

fn same_name(workload: &Workload<'_>, container: &Container) -> Vec<Diagnostic> {
    let ports = container.ports.items().iter().filter_map(Field::value);
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    let mut found = Vec::new();
    for name in ports.filter_map(|port| port.name.known()).filter(|name| !name.value.is_empty()) {
        let Some(first) = seen.iter().find(|first| first.value == name.value) else {
            if seen.len() < MAX_PORTS {
                seen.push(name);
            }
            continue;
        };
        let message = format!(
            "container `{}` of `{}` has two ports named `{}`",
            container.name.value().map_or("", String::as_str),
            workload.title(),
            name.value
        );
        found.push(Diagnostic::error(name.label(""), message).related(first.label("the first")));
    }
    found
}

/// More ports than any pod has: those beyond are not held against each other.
const MAX_PORTS: usize = 1000;

fn shared(workload: &Workload<'_>) -> Vec<Diagnostic> {
    let mut seen: Vec<(u16, Protocol, &str, Span)> = Vec::new();
    let mut found = Vec::new();
    for container in workload.spec.pod.running_containers() {
        let own = container.name.value().map_or("", String::as_str);
        for port in container.ports.items().iter().filter_map(Field::value) {
            let (Some(number), Some(protocol)) =
                (port.container_port.known(), Protocol::of_field(&port.protocol))
            else {
                continue;
            };
            let Some(port) = port_number(number.value) else { continue };
            let first = seen.iter().find(|(n, p, _, _)| (*n, *p) == (port, protocol));
            let Some((_, _, other, first)) = first else {
                if seen.len() < MAX_PORTS {
                    seen.push((port, protocol, own, number.span));
                }
                continue;
            };
            if *other == own {
                continue;
            }
            let message = format!(
                "containers `{other}` and `{own}` of `{}` both have {protocol} port {port}, in one network",
                workload.title()
            );
            found.push(
                Diagnostic::warning(number.label(""), message)
                    .related(first.label(format!("of container `{other}`")))
                    .help("the second to start finds the port taken; give one of them another port, or declare it where it listens"),
            );
        }
    }
    found
}
