//! Rules of policies that were meant for DNS, as far as their peers and ports tell.

use super::Network;
use super::cluster_dns::{DnsServer, OPENSHIFT_DNS, Reach, ServerKind};
use super::dns_egress::DnsVerdict;
use super::labels::{Answer, LabelValue};
use super::namespaces::NAME_LABEL;
use super::policies::Policy;
use super::policy_rules::{Peer, PeerKind, PodView, PortMatch, PortName, PortRule, Rule};
use super::ports::Protocol;

/// An entry of `ports` that leads past DNS.
#[derive(Clone, Copy, Debug)]
pub struct WrongPort<'n, 'a> {
    pub port: &'n PortRule<'a>,
    /// The port that is written.
    pub written: u16,
    /// The DNS that the rule's peers are.
    pub server: &'n DnsServer<'a>,
}

impl<'a> Network<'a> {
    /// The NetworkPolicies among those that keep back the queries of a verdict's pods.
    pub fn isolating(&self, verdict: &DnsVerdict<'a>) -> Vec<&Policy<'a>> {
        let policies = verdict.cause.policies.iter();
        policies.filter_map(|object| self.policies.of(*object)).collect()
    }
}

/// Entries of a policy that let the queries of a verdict's pods through over a transport and name
/// the port of DNS: `port: 53` without a protocol, for one.
pub fn dns_ports<'n, 'a>(
    policy: &'n Policy<'a>,
    verdict: &DnsVerdict<'a>,
    protocol: Protocol,
) -> Vec<&'n PortRule<'a>> {
    let rules = policy.egress.rules.iter().filter(|rule| verdict.ways.contains(&rule.span));
    let ports = rules.flat_map(|rule| rule.ports.iter().flatten());
    ports.filter(|port| is_dns_port(port, protocol)).collect()
}
/// Whether an entry names the port of DNS for a protocol.
pub fn is_dns_port(port: &PortRule<'_>, protocol: Protocol) -> bool {
    matches!(port.port, PortMatch::Range(..))
        && [53, 5353].iter().any(|number| {
            port.port == PortMatch::Range(*number, *number)
                && port.covers(protocol, *number, PortName::Absent).is_yes()
        })
}

/// Entries of a policy whose peers are DNS and nothing else, with a port that DNS has elsewhere:
/// 53 where its pods listen on 5353, or the other way round.
pub fn wrong_ports<'n, 'a>(
    network: &'n Network<'a>,
    policy: &'n Policy<'a>,
) -> Vec<WrongPort<'n, 'a>> {
    let mut found = Vec::new();
    for rule in &policy.egress.rules {
        let Some(server) = network.dns.servers.iter().find(|s| is_for(network, policy, rule, s))
        else {
            continue;
        };
        let covered = [Protocol::Udp, Protocol::Tcp].map(|protocol| {
            let port = server.reach.port(protocol);
            rule.covers_port(protocol, port.number, port.name)
        });
        if !covered.iter().all(|answer| answer.is_no()) {
            continue;
        }
        for port in rule.ports.iter().flatten() {
            let PortMatch::Range(first, last) = port.port else { continue };
            if first == last && matches!(first, 53 | 5353) {
                found.push(WrongPort { port, written: first, server });
            }
        }
    }
    found
}

/// Whether a rule's peers are a DNS server, by what only DNS has.
fn is_for<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    rule: &Rule<'a>,
    server: &DnsServer<'a>,
) -> bool {
    if !server.certain && server.kind != ServerKind::OpenShift {
        return false;
    }
    let mut peers = rule.peers.iter().flatten();
    peers.any(|peer| is_peer_for(network, policy, peer, server))
}

fn is_peer_for<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    peer: &Peer<'a>,
    server: &DnsServer<'a>,
) -> bool {
    let Reach::Pods { namespace, labels, .. } = &server.reach else { return false };
    let PeerKind::Pods { namespaces, pods } = &peer.kind else { return false };
    let namespace_labels = network.namespaces.labels(namespace);
    let pod = PodView { namespace, namespace_labels: &namespace_labels, labels };
    if peer.selects(policy.namespace, pod) != Answer::Yes {
        return false;
    }
    let by_label = pods.as_ref().is_some_and(|selector| {
        let known = |key| matches!(labels.get(key), LabelValue::Is(_));
        selector.requirements.iter().any(|requirement| known(requirement.key))
    });
    let by_namespace = namespaces
        .as_ref()
        .is_some_and(|selector| selector.required_value(NAME_LABEL) == Some(OPENSHIFT_DNS));
    by_label || by_namespace
}
