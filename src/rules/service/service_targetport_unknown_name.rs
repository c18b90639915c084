//! `service-targetport-unknown-name`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::ports::{PortRef, Protocol, is_injected};
use crate::model::services::{Service, ServicePortView};
use crate::model::workloads::Workload;
use crate::rules::wording::{nearest, some_of};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-targetport-unknown-name.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // An overlay may add the container that has the port; nothing is rendered here.
    let patched = network.objects.iter().any(|object| object.kind() == "Kustomization");
    let severity = if patched { Severity::Warning } else { Severity::Error };
    for service in &network.services.all {
        let known = service.selected.iter().all(|(_, selects)| selects.is_yes());
        if service.selected.is_empty() || !known || service.is_external_name() {
            continue;
        }
        let classes = service.selected.iter().map(|(class, _)| *class);
        let workloads: Vec<&Workload<'_>> =
            classes.flat_map(|class| network.workloads.members(class)).collect();
        for port in service.ports() {
            if let (Some(PortRef::Name(name)), Some(protocol)) = (port.target, port.protocol) {
                let found = look_at(service, &workloads, &port, name, protocol);
                findings.extend(found.map(|found| Diagnostic { severity, ..found }));
            }
        }
    }
}

fn look_at(
    service: &Service<'_>,
    workloads: &[&Workload<'_>],
    port: &ServicePortView<'_>,
    name: &str,
    protocol: Protocol,
) -> Option<Diagnostic> {
    let may_have = |workload: &&Workload<'_>| {
        !workload.ports_are_known() || workload.port_named(name, protocol).is_some()
    };
    if is_injected(name) || workloads.iter().any(may_have) {
        return None;
    }
    let titles: Vec<String> = workloads.iter().map(|workload| workload.title()).collect();
    let who = some_of(&titles, "workloads");
    let message = match titles.len() {
        1 => format!("{who} has no {protocol} port named `{name}`"),
        _ => format!("none of {who} has a {protocol} port named `{name}`"),
    };
    let ports = || workloads.iter().flat_map(|workload| workload.ports());
    let same = ports().find(|port| port.name == Some(name));
    let near = nearest(name, ports().filter_map(|port| port.name));
    let near = near.and_then(|near| ports().find(|port| port.name == Some(near)));
    let label = match (same, near) {
        (Some(same), _) => {
            let protocol = same.protocol.map_or("another protocol", Protocol::name);
            let span = same.source.name.span().unwrap_or(same.span);
            Some(span.label(format!("this one is of {protocol}")))
        }
        (None, Some(near)) => {
            let span = near.source.name.span().unwrap_or(near.span);
            Some(span.label(format!("did you mean `{}`?", near.name.unwrap_or_default())))
        }
        (None, None) => workloads.first().map(|workload| workload.object.label("selected")),
    };
    let place = port.source.target_port.span()?;
    let name = service.object.name();
    Some(
        Diagnostic::error(place.label(""), message)
            .related_all(label)
            .help(format!("without it, Service `{name}` has no endpoints for this port: name a container port, or write its number")),
    )
}
