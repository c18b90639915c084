//! `netpol-service-port-not-pod-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policy_rules::{PortMatch, PortName, PortRule, Rule as PolicyRule};
use crate::model::ports::{PortRef, Protocol};
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-service-port-not-pod-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                let Some(ports) = &rule.ports else { continue };
                let single = |port: &PortRule<'_>| match port.port {
                    PortMatch::Range(first, last) if first == last => Some((port.protocol?, first)),
                    _ => None,
                };
                if !ports.iter().any(|port| single(port).is_some()) {
                    continue;
                }
                let Some(classes) = network.served_classes(policy, rules.direction, rule) else {
                    continue;
                };
                for port in ports {
                    let Some((protocol, number)) = single(port) else { continue };
                    findings.extend(look_at(network, rule, &classes, port, protocol, number));
                }
            }
        }
    }
}

fn look_at(
    network: &Network<'_>,
    rule: &PolicyRule<'_>,
    classes: &[usize],
    port: &PortRule<'_>,
    protocol: Protocol,
    number: u16,
) -> Option<Diagnostic> {
    let workloads = || classes.iter().flat_map(|class| network.workloads.members(*class));
    let listens = |workload: &Workload<'_>, number: u16| {
        !workload.ports_are_known()
            || workload.ports().any(|p| p.protocol == Some(protocol) && p.number == Some(number))
    };
    // DNS has a rule of its own.
    if number == 53 || workloads().any(|workload| listens(workload, number)) {
        return None;
    }
    let services = classes.iter().flat_map(|class| network.services.of_class(*class));
    let (service, written, target) = services
        .flat_map(|service| service.ports().map(move |port| (service, port)))
        .filter(|(_, port)| port.number == Some(number) && port.protocol == Some(protocol))
        .find_map(|(service, port)| {
            let target = match port.target? {
                PortRef::Number(target) => target,
                PortRef::Name(name) => workloads().find_map(|w| w.port_named(name, protocol))?,
            };
            Some((service, port, target))
        })?;
    // The rule has the port of the pod, too: this one is for show.
    let covered = rule.covers_port(protocol, target, PortName::Unknown);
    if target == number || covered.is_yes() {
        return None;
    }
    let name = service.object.name();
    let message = format!("{number} is the port of Service `{name}`; its pods listen on {target}");
    let place = port.source.and_then(|source| source.port.span()).unwrap_or(port.span);
    let shown = written.source.target_port.span().unwrap_or(written.span);
    Some(
        Diagnostic::warning(place.label(""), message)
            .related(shown.label(format!("`{name}` sends {number} to {target}")))
            .help(format!("write `port: {target}`: policies see the port of the pod, not that of the Service in front of it")),
    )
}
