//! `monitor-port-unknown`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::labels::Answer;
use crate::model::monitors::{Monitor, Targets, monitors};
use crate::model::ports::is_injected;
use crate::model::services::Service;
use crate::model::workloads::Workload;
use crate::rules::wording::{nearest, some_of};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/monitor-port-unknown.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for monitor in monitors(network) {
        for (port, span) in &monitor.ports {
            let found = match &monitor.targets {
                Targets::Services(services) => {
                    selected(services).and_then(|services| of_services(&services, port))
                }
                Targets::Pods(classes) => selected(classes).and_then(|classes| {
                    let members = |class: &usize| network.workloads.members(*class);
                    let workloads: Vec<&Workload<'_>> = classes.iter().flat_map(members).collect();
                    of_pods(&workloads, port)
                }),
            };
            if let Some(found) = found {
                findings.add(diagnostic(&monitor, port, *span, found));
            }
        }
    }
}

/// What a monitor selects, if that is something, and nothing else may be selected.
fn selected<T: Copy>(targets: &[(T, Answer)]) -> Option<Vec<T>> {
    let some: Vec<(T, Answer)> =
        targets.iter().filter(|(_, answer)| !answer.is_no()).copied().collect();
    let sure = !some.is_empty() && some.iter().all(|(_, answer)| answer.is_yes());
    sure.then(|| some.into_iter().map(|(target, _)| target).collect())
}

/// Who lacks the port, and a label that helps.
type Lack = (String, Label);

fn of_services(services: &[&Service<'_>], port: &str) -> Option<Lack> {
    let names = |service: &Service<'_>| -> Option<Vec<String>> {
        let ports = service.spec.ports.items();
        let known = service.ports().filter(|view| !view.source.name.is_unknown());
        let known: Vec<_> = known.collect();
        let name = |view: &crate::model::services::ServicePortView<'_>| {
            view.source.name.value().cloned().unwrap_or_default()
        };
        (known.len() == ports.len()).then(|| known.iter().map(name).collect())
    };
    for service in services {
        if service.is_patched || names(service)?.iter().any(|name| name == port) {
            return None;
        }
    }
    let titles: Vec<String> = services.iter().map(|s| s.object.name().to_owned()).collect();
    let who = match titles.len() {
        1 => format!("Service {} has no port", some_of(&titles, "Services")),
        _ => format!("none of the Services {} has a port", some_of(&titles, "Services")),
    };
    let views = || services.iter().flat_map(|service| service.ports());
    let known = views().filter_map(|view| view.source.name.value().map(String::as_str));
    let near = nearest(port, known);
    let near = near
        .and_then(|near| views().find(|view| view.source.name.value().is_some_and(|n| n == near)));
    let label = match near.and_then(|view| view.source.name.known()) {
        Some(name) => name.span.label(format!("did you mean `{}`?", name.value)),
        None => {
            let service = services.first()?;
            let place = service.spec.ports.span().unwrap_or(service.object.span());
            place.label(format!("the ports of `{}`", service.object.name()))
        }
    };
    Some((who, label))
}

fn of_pods(workloads: &[&Workload<'_>], port: &str) -> Option<Lack> {
    let may_have = |workload: &&Workload<'_>| {
        !workload.ports_are_known() || workload.ports().any(|own| own.name == Some(port))
    };
    if is_injected(port) || workloads.iter().any(may_have) {
        return None;
    }
    let titles: Vec<String> = workloads.iter().map(|workload| workload.title()).collect();
    let who = match titles.len() {
        1 => format!("{} has no port", some_of(&titles, "workloads")),
        _ => format!("none of {} has a port", some_of(&titles, "workloads")),
    };
    let ports = || workloads.iter().flat_map(|workload| workload.ports());
    let near = nearest(port, ports().filter_map(|port| port.name));
    let near = near.and_then(|near| ports().find(|port| port.name == Some(near)));
    let label = match near {
        Some(near) => {
            let span = near.source.name.span().unwrap_or(near.span);
            span.label(format!("did you mean `{}`?", near.name.unwrap_or_default()))
        }
        None => workloads.first()?.object.label("selected"),
    };
    Some((who, label))
}

fn diagnostic(monitor: &Monitor<'_, '_>, port: &str, span: Span, (who, label): Lack) -> Diagnostic {
    let (kind, name) = (monitor.object.kind(), monitor.object.name());
    let message = format!("{kind} `{name}` scrapes port `{port}`, and {who} of this name");
    let help = match monitor.targets {
        Targets::Services(_) => {
            "`port` is the name of a port of the Service, not its number, nor the name of the container's port"
        }
        Targets::Pods(_) => "`port` is the name of a container port",
    };
    Diagnostic::warning(span.label(""), message).related(label).help(help)
}
