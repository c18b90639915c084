//! `netpol-port-undeclared`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::policy_rules::{PortMatch, PortRule};
use crate::model::ports::{PortRef, Protocol};
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-port-undeclared.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                let single = rule.ports.iter().flatten().filter_map(single);
                let single: Vec<_> = single.filter(|(_, _, number)| *number != 53).collect();
                if single.is_empty() {
                    continue;
                }
                let Some(classes) = network.served_classes(policy, rules.direction, rule) else {
                    continue;
                };
                for (port, protocol, number) in single {
                    findings.extend(look_at(network, &classes, port, protocol, number));
                }
            }
        }
    }
}

fn single<'r, 'a>(port: &'r PortRule<'a>) -> Option<(&'r PortRule<'a>, Protocol, u16)> {
    match port.port {
        PortMatch::Range(first, last) if first == last => Some((port, port.protocol?, first)),
        _ => None,
    }
}

fn look_at(
    network: &Network<'_>,
    classes: &[usize],
    port: &PortRule<'_>,
    protocol: Protocol,
    number: u16,
) -> Option<Diagnostic> {
    let workloads = || classes.iter().flat_map(|class| network.workloads.members(*class));
    // Nobody has to declare ports, and who declares none tells nothing.
    let may_listen = |workload: &Workload<'_>| {
        let declares = workload.ports().any(|p| p.protocol == Some(protocol));
        !declares
            || !workload.ports_are_known()
            || workload.ports().any(|p| p.number == Some(number) && p.protocol == Some(protocol))
            || is_probed(workload, number)
    };
    let mut services = classes.iter().flat_map(|class| network.services.of_class(*class));
    let serves = services.any(|service| {
        service
            .ports()
            .any(|view| view.target == Some(PortRef::Number(number)) || view.number == Some(number))
    });
    if serves || workloads().any(may_listen) {
        return None;
    }
    let titles: Vec<String> = workloads().map(Workload::title).collect();
    let who = some_of(&titles, "workloads");
    let message = match titles.len() {
        1 => format!("{who} declares no {protocol} port {number}"),
        _ => format!("none of {who} declares a {protocol} port {number}"),
    };
    let mut numbers: Vec<u16> = workloads()
        .flat_map(Workload::ports)
        .filter(|port| port.protocol == Some(protocol))
        .filter_map(|port| port.number)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
    let place = port.source.and_then(|source| source.port.span()).unwrap_or(port.span);
    Some(Diagnostic::info(place.label(""), message).help(format!(
        "it declares {}; a container may listen on a port that it does not declare",
        some_of(&numbers, "ports")
    )))
}

/// Whether a probe of a workload says that something listens on a port.
fn is_probed(workload: &Workload<'_>, number: u16) -> bool {
    workload.spec.pod.running_containers().any(|container| {
        let probes = [&container.liveness_probe, &container.readiness_probe].into_iter();
        probes.filter_map(Field::value).any(|probe| {
            let targets = [&probe.http_get, &probe.tcp_socket, &probe.grpc].into_iter();
            targets
                .filter_map(Field::value)
                .any(|target| PortRef::of_field(&target.port) == Some(PortRef::Number(number)))
        })
    })
}
