//! `netpol-host-network-peer`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::image::Component;
use crate::model::policies::Policy;
use crate::model::policy_rules::{
    Peer, PeerKind, PodView, PortMatch, PortName, PortRule, Rule as PolicyRule,
};
use crate::model::ports::Protocol;
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-host-network-peer.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let on_node: Vec<&Workload<'_>> =
        network.workloads.all.iter().filter(|workload| workload.host_network.is_yes()).collect();
    if on_node.is_empty() {
        return;
    }
    for policy in &network.policies.all {
        for rule in &policy.egress.rules {
            for peer in rule.peers.iter().flatten() {
                findings.extend(look_at(network, policy, rule, peer, &on_node));
            }
        }
    }
}

fn look_at<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    rule: &PolicyRule<'a>,
    peer: &Peer<'a>,
    on_node: &[&Workload<'a>],
) -> Option<Diagnostic> {
    let PeerKind::Pods { namespaces, pods } = &peer.kind else { return None };
    let ports = rule.ports.as_ref();
    let selects = |workload: &Workload<'a>| {
        let namespace_labels = network.namespaces.labels(workload.namespace);
        let labels = &network.workloads.classes[workload.class].labels;
        let pod =
            PodView { namespace: workload.namespace, namespace_labels: &namespace_labels, labels };
        peer.selects(policy.namespace, pod).is_yes()
    };
    // A peer that names no pods in particular means those with the port that it names.
    let narrow = pods.as_ref().is_some_and(|pods| !pods.is_empty());
    if !narrow && (ports.is_none() || namespaces.is_none()) {
        return None;
    }
    let serves = |workload: &Workload<'_>| {
        ports.is_none_or(|ports| {
            ports_of(network, workload).into_iter().any(|(protocol, number)| {
                let named = |port: &PortRule<'_>| matches!(port.port, PortMatch::Range(first, last) if first == last);
                ports.iter().filter(|port| named(port)).any(|port| {
                    port.covers(protocol, number, PortName::Unknown).is_yes()
                })
            })
        })
    };
    let found = on_node.iter().find(|workload| selects(workload) && serves(workload))?;
    // Other pods may be what is meant.
    let classes = network.peer_classes(policy, peer);
    let mut others = classes.iter().flat_map(|(class, _)| network.workloads.members(*class));
    if others.any(|workload| !workload.host_network.is_yes() && (narrow || serves(workload))) {
        return None;
    }
    let message =
        format!("this peer does not cover `{}`, which has the network of its node", found.title());
    let source = peer.source?;
    let written = source.namespace_selector.span().or(source.pod_selector.span());
    let place = policy.spec.keys.span(written).unwrap_or(peer.span);
    let switch = found.spec.pod.host_network.span();
    Some(
        Diagnostic::info(place.label(""), message)
            .related_all(switch.map(|span| span.label("has the address of a node")))
            .help("selectors select pods with addresses of their own: allow the addresses of the nodes with an `ipBlock`"),
    )
}

/// The ports that a workload serves, as it declares them, and as the API server is told.
fn ports_of(network: &Network<'_>, workload: &Workload<'_>) -> Vec<(Protocol, u16)> {
    let declared = workload.ports().filter_map(|port| Some((port.protocol?, port.number?)));
    let mut ports: Vec<(Protocol, u16)> = declared.collect();
    for component in network.components.iter().filter(|c| c.object.is(workload.object)) {
        if component.component == Component::KubeApiserver {
            let port = component.flags.value("secure-port");
            let port = port.map_or(Some(6443), |port| port.value.parse().ok());
            ports.extend(port.map(|port| (Protocol::Tcp, port)));
        }
    }
    ports
}
