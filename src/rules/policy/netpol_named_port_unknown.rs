//! `netpol-named-port-unknown`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policies::Direction;
use crate::model::policy_rules::{Peer, PeerKind, PortMatch, Rule as PolicyRule};
use crate::model::ports::{Protocol, is_injected};
use crate::model::workloads::Workload;
use crate::rules::wording::{nearest, some_of};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-named-port-unknown.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                let ports = rule.ports.iter().flatten();
                let named = ports.filter_map(|port| match port.port {
                    PortMatch::Name(name) => Some((port, name, port.protocol?)),
                    _ => None,
                });
                for (port, name, protocol) in named {
                    let classes = network.served_classes(policy, rules.direction, rule);
                    let place =
                        port.source.and_then(|source| source.port.span()).unwrap_or(port.span);
                    if let Some(classes) = classes {
                        findings.extend(look_at(network, &classes, place, name, protocol));
                    } else if rules.direction == Direction::Egress && only_ranges(rule) {
                        let message = format!("no address has a port named `{name}`");
                        findings.add(
                            Diagnostic::warning(place.label(""), message)
                                .help("the name of a port is looked up on pods, which an `ipBlock` does not select: write its number"),
                        );
                    }
                }
            }
        }
    }
}

fn only_ranges(rule: &PolicyRule<'_>) -> bool {
    let is_range = |peer: &Peer<'_>| matches!(peer.kind, PeerKind::Block(_));
    rule.peers.as_ref().is_some_and(|peers| peers.iter().all(is_range))
}

fn look_at(
    network: &Network<'_>,
    classes: &[usize],
    place: Span,
    name: &str,
    protocol: Protocol,
) -> Option<Diagnostic> {
    let workloads = || classes.iter().flat_map(|class| network.workloads.members(*class));
    let may_have = |workload: &Workload<'_>| {
        !workload.ports_are_known() || workload.port_named(name, protocol).is_some()
    };
    if workloads().any(may_have) || is_injected(name) {
        return None;
    }
    let titles: Vec<String> = workloads().map(Workload::title).collect();
    let who = some_of(&titles, "workloads");
    let message = match titles.len() {
        1 => format!("{who} has no {protocol} port named `{name}`"),
        _ => format!("none of {who} has a {protocol} port named `{name}`"),
    };
    let ports = || workloads().flat_map(Workload::ports);
    let other_protocol = ports().find(|port| port.name == Some(name));
    let near = nearest(name, ports().filter_map(|port| port.name));
    let near = near.and_then(|near| ports().find(|port| port.name == Some(near)));
    let label = other_protocol.or(near).map(|port| {
        let span = port.source.name.span().unwrap_or(port.span);
        match (port.name == Some(name), port.protocol) {
            (true, Some(protocol)) => span.label(format!("this one is of {protocol}")),
            _ => span.label(format!("did you mean `{}`?", port.name.unwrap_or_default())),
        }
    });
    let mut names: Vec<&str> = ports().filter_map(|port| port.name).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let help = match names.is_empty() {
        true => "its ports have no names: write the number of the port".to_owned(),
        false => format!(
            "a policy goes by the names of container ports, which are {}; that of a Service's port does not count",
            some_of(&names, "names")
        ),
    };
    Some(Diagnostic::warning(place.label(""), message).related_all(label).help(help))
}
