//! `probe-port-unknown`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::policy_rules::IntOrString;
use crate::model::ports::{fault_of_port_name, fault_of_port_number, is_injected};
use crate::model::workloads::{Container, Workload};
use crate::model::{Field, Network};
use crate::rules::wording::nearest;
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/probe-port-unknown.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        if !workload.patches.is_empty() || network.patches.may_change(workload.object) {
            continue;
        }
        for container in workload.spec.pod.running_containers() {
            for (what, probe) in container.probes() {
                for target in probe.targets() {
                    let Some(port) = target.port.known() else { continue };
                    findings.extend(look_at(workload, container, what, port));
                }
            }
        }
    }
}

fn look_at(
    workload: &Workload<'_>,
    container: &Container,
    what: &str,
    port: &Spanned<IntOrString>,
) -> Option<Diagnostic> {
    let own = container.name.value().map_or("", String::as_str);
    let asked_of = format!("which container `{own}` of `{}` does not have", workload.title());
    match &port.value {
        IntOrString::Int(number) => {
            if let Some(fault) = fault_of_port_number(*number) {
                return Some(Diagnostic::error(port.label(""), fault));
            }
            let declared = || container.ports.items().iter().filter_map(Field::value);
            let numbers = || declared().filter_map(|port| port.container_port.value());
            let all_known = container
                .ports
                .items()
                .iter()
                .all(|port| port.value().is_some_and(|port| !port.container_port.is_unknown()));
            let is_declared = !all_known || numbers().any(|one| one == number);
            let near = numbers().find(|one| is_slip(*number, **one)).filter(|_| !is_declared)?;
            let message = format!("the {what} asks port {number}, {asked_of}; it has {near}");
            Some(Diagnostic::info(port.label(""), message))
        }
        IntOrString::Str(name) => {
            if let Some(fault) = fault_of_port_name(name) {
                return Some(Diagnostic::error(port.label(""), fault));
            }
            if is_injected(name)
                || !names_are_known(container)
                || names(container).any(|(n, _)| n == name)
            {
                return None;
            }
            let others = workload.spec.pod.running_containers();
            let neighbour = others.flat_map(|other| names(other).map(move |it| (other, it)));
            let neighbour = neighbour.into_iter().find(|(_, (other, _))| other == name);
            let label = match neighbour {
                Some((other, (_, span))) => {
                    let other = other.name.value().map_or("", String::as_str);
                    let text =
                        format!("container `{other}` has it, and a probe asks its own container");
                    Some(span.label(text))
                }
                None => nearest(name, names(container).map(|(other, _)| other)).and_then(|near| {
                    let (_, span) = names(container).find(|(other, _)| *other == near)?;
                    Some(span.label(format!("did you mean `{near}`?")))
                }),
            };
            let message = format!("the {what} asks port `{name}`, {asked_of}");
            Some(
                Diagnostic::error(port.label(""), message)
                    .related_all(label)
                    .help("it fails every time: name a port of the container, or write its number"),
            )
        }
    }
}

/// Whether two numbers of four digits and more differ in one inside, or have two the other way
/// round. Neighbours such as 8080 and 8081, or 8080 and 9080, are chosen to be different.
fn is_slip(one: i64, other: i64) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    let ends = |text: &str| (text.bytes().next(), text.bytes().next_back());
    let ends_differ = [ends(&one).0 != ends(&other).0, ends(&one).1 != ends(&other).1];
    let swapped = one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count() == 2;
    one.len() > 3
        && one.len() == other.len()
        && strsim::damerau_levenshtein(&one, &other) == 1
        && (swapped || ends_differ == [false, false])
}

fn names(container: &Container) -> impl Iterator<Item = (&str, Span)> {
    let ports = container.ports.items().iter().filter_map(Field::value);
    ports.filter_map(|port| port.name.known()).map(|name| (name.value.as_str(), name.span))
}

fn names_are_known(container: &Container) -> bool {
    let is_known = |port: &Field<_>| {
        let port: Option<&crate::model::workloads::ContainerPort> = port.value();
        port.is_some_and(|port| !port.name.is_unknown())
    };
    !container.ports.is_unknown() && container.ports.items().iter().all(is_known)
}
