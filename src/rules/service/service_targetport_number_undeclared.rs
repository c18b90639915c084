//! `service-targetport-number-undeclared`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::ports::PortRef;
use crate::model::services::{Service, ServicePortView};
use crate::model::workloads::Workload;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-targetport-number-undeclared.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        let is_known = service.selected.iter().all(|(_, selects)| selects.is_yes());
        if !is_known || service.is_external_name() || service.is_patched {
            continue;
        }
        let classes = service.selected.iter().map(|(class, _)| *class);
        let workloads: Vec<&Workload<'_>> =
            classes.flat_map(|class| network.workloads.members(class)).collect();
        let declares = |workload: &&Workload<'_>| {
            workload.ports_are_known()
                && workload.ports().next().is_some()
                && !network.patches.may_change(workload.object)
        };
        if workloads.is_empty() || !workloads.iter().all(declares) {
            continue;
        }
        for port in service.ports() {
            findings.extend(look_at(service, &workloads, &port));
        }
    }
}

fn look_at(
    service: &Service<'_>,
    workloads: &[&Workload<'_>],
    port: &ServicePortView<'_>,
) -> Option<Diagnostic> {
    let (Some(PortRef::Number(number)), Some(protocol)) = (port.target, port.protocol) else {
        return None;
    };
    let mut declared = workloads.iter().flat_map(|workload| workload.ports());
    if declared.any(|port| port.number == Some(number)) {
        return None;
    }
    let place = port.source.target_port.span().or(port.source.port.span())?;
    let titles: Vec<String> = workloads.iter().map(|workload| workload.title()).collect();
    let (who, verb) = match titles.len() {
        1 => (some_of(&titles, "workloads"), "does not declare"),
        _ => (format!("none of {}", some_of(&titles, "workloads")), "declares"),
    };
    let message = format!(
        "the Service `{}` leads to {protocol} port {number}, which {who} {verb}",
        service.object.name()
    );
    let first = workloads.iter().flat_map(|workload| workload.ports()).next()?;
    let first = first.source.container_port.span().unwrap_or(first.span);
    Some(
        Diagnostic::info(place.label(""), message)
            .related(first.label("declared"))
            .help("lead to the port that the container listens on, or declare it"),
    )
}
