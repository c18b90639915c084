//! Whether the rules of one NetworkPolicy let a query through to a DNS server.

use std::net::IpAddr;

use super::addresses::{Family, IpRange};
use super::cluster_dns::{ClusterDns, DnsServer, KUBE_SYSTEM, Reach};
use super::labels::{Answer, Selector};
use super::namespaces::{CONVENTIONS, NAME_LABEL, Namespaces};
use super::policies::Policy;
use super::policy_rules::{Block, Peer, PeerKind, PodView, PortMatch, PortName, Rule, parse_range};
use super::ports::Protocol;
use super::workloads::Workloads;

/// What is asked of every policy.
pub struct Reachability<'v, 'a> {
    pub dns: &'v ClusterDns<'a>,
    pub namespaces: &'v Namespaces<'a>,
    pub workloads: &'v Workloads<'a>,
    /// Cilium knows pods by identity: no range of addresses covers them.
    pub cilium: bool,
}

/// An answer for each transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transports {
    pub udp: Answer,
    pub tcp: Answer,
}

impl Transports {
    pub fn both(answer: Answer) -> Transports {
        Transports { udp: answer, tcp: answer }
    }

    pub fn or(self, other: Transports) -> Transports {
        Transports { udp: self.udp.or(other.udp), tcp: self.tcp.or(other.tcp) }
    }

    pub fn and(self, other: Transports) -> Transports {
        Transports { udp: self.udp.and(other.udp), tcp: self.tcp.and(other.tcp) }
    }

    pub fn any_no(self) -> bool {
        self.udp.is_no() || self.tcp.is_no()
    }
}

impl<'a> Reachability<'_, 'a> {
    /// Whether a policy lets pods reach one of the cluster's DNS servers.
    pub fn cluster_dns(&self, policy: &Policy<'a>) -> Transports {
        self.servers(policy, &self.dns.servers)
    }

    /// Whether a policy lets pods reach one of some servers.
    pub fn servers(&self, policy: &Policy<'a>, servers: &[DnsServer<'a>]) -> Transports {
        let start = match policy.egress.partly_unknown {
            true => Transports::both(Answer::Unknown),
            false => Transports::both(Answer::No),
        };
        let rules = policy.egress.rules.iter().map(|rule| Transports {
            udp: self.rule(policy, rule, servers, Protocol::Udp),
            tcp: self.rule(policy, rule, servers, Protocol::Tcp),
        });
        rules.fold(start, Transports::or)
    }

    pub fn rule(
        &self,
        policy: &Policy<'a>,
        rule: &Rule<'a>,
        servers: &[DnsServer<'a>],
        protocol: Protocol,
    ) -> Answer {
        let answers = servers.iter().map(|server| {
            let port = server.reach.port(protocol);
            let ports = rule.covers_port(protocol, port.number, port.name);
            let answer = ports.and(self.peers(policy, rule, server));
            if server.certain { answer } else { answer.and(Answer::Unknown) }
        });
        let known = Answer::any(answers);
        // A rule about the port of DNS may lead to a DNS that the files do not show.
        if known.is_no() && is_about_dns(rule, protocol) && self.leads_out_of_sight(rule) {
            return Answer::Unknown;
        }
        known
    }

    /// Whether a rule's peers cover a server.
    pub fn peers(&self, policy: &Policy<'a>, rule: &Rule<'a>, server: &DnsServer<'a>) -> Answer {
        let Some(peers) = &rule.peers else { return Answer::Yes };
        match &server.reach {
            Reach::Pods { namespace, labels, .. } => {
                let namespace_labels = self.namespaces.labels(namespace);
                let pod = PodView { namespace, namespace_labels: &namespace_labels, labels };
                let covers = |peer: &Peer<'a>| match &peer.kind {
                    PeerKind::Block(block) => self.block_covers_pods(block),
                    _ => peer.selects(policy.namespace, pod),
                };
                Answer::any(peers.iter().map(covers))
            }
            Reach::Node(address) => Answer::any(peers.iter().map(|peer| match &peer.kind {
                _ if self.cilium => Answer::Unknown,
                PeerKind::Block(block) => block.covers(IpRange::single(*address)),
                PeerKind::Pods { .. } => Answer::No,
                PeerKind::Unknown => Answer::Unknown,
            })),
            Reach::Address(address) => Answer::any(peers.iter().map(|peer| match &peer.kind {
                PeerKind::Block(block) => block.covers(IpRange::single(*address)),
                // Behind a private address there may be pods.
                PeerKind::Pods { .. } if is_private(*address) => Answer::Unknown,
                PeerKind::Pods { .. } => Answer::No,
                PeerKind::Unknown => Answer::Unknown,
            })),
        }
    }

    /// Whether a range covers the addresses of DNS pods, as far as they are known.
    fn block_covers_pods(&self, block: &Block<'a>) -> Answer {
        if self.cilium {
            return Answer::No;
        }
        if is_whole_family(block.range) && block.except.is_empty() {
            return Answer::Yes;
        }
        if !self.dns.pod_ranges.is_empty() {
            return Answer::any([Family::V4, Family::V6].map(|family| {
                let ranges = self.dns.pod_ranges.iter().filter(|range| range.family() == family);
                let answers: Vec<Answer> = ranges.map(|range| block.covers(*range)).collect();
                match answers.first() {
                    None => Answer::No,
                    Some(first) if answers.iter().all(|answer| answer == first) => *first,
                    Some(_) => Answer::Unknown,
                }
            }));
        }
        let addresses = &self.dns.service_addresses;
        let mut inside =
            addresses.iter().filter(|address| block.range.contains_address(**address)).peekable();
        if inside.peek().is_some() {
            // Whoever leaves out the Service of DNS leaves out what is inside the cluster. Whether
            // the address of a Service is a way to its pods depends on the implementation.
            let excepted = |address| block.except.iter().any(|e| e.contains_address(address));
            let all = inside.all(|address| excepted(*address));
            return if all { Answer::No } else { Answer::Unknown };
        }
        if may_hold_pods(block) { Answer::Unknown } else { Answer::No }
    }

    /// Whether a rule speaks of a namespace that might have a DNS of its own: not one that the
    /// files show the workloads of, and not one of Kubernetes itself.
    fn leads_out_of_sight(&self, rule: &Rule<'a>) -> bool {
        rule.peers.iter().flatten().any(|peer| {
            let PeerKind::Pods { namespaces: Some(selector), .. } = &peer.kind else {
                return false;
            };
            named_namespace(selector)
                .is_some_and(|name| name != KUBE_SYSTEM && !self.workloads.any_in(name))
        })
    }
}

/// The namespace that a selector names.
fn named_namespace<'a>(selector: &Selector<'a>) -> Option<&'a str> {
    let keys = std::iter::once(NAME_LABEL).chain(CONVENTIONS);
    keys.into_iter().find_map(|key| selector.required_value(key))
}

/// Whether a rule names the port of DNS.
fn is_about_dns(rule: &Rule<'_>, protocol: Protocol) -> bool {
    rule.ports.iter().flatten().any(|port| {
        port.port != PortMatch::Any && port.covers(protocol, 53, PortName::Absent).is_yes()
    })
}

/// Whether pods might have addresses in a range: private ones, or IPv6. Pods with addresses from
/// 100.64.0.0/10 are rare enough not to be thought of where a range is everything but the others.
fn may_hold_pods(block: &Block<'_>) -> bool {
    if block.range.family() == Family::V6 {
        return true;
    }
    let usual = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    let shared = (!is_whole_family(block.range)).then_some("100.64.0.0/10");
    let mut ranges = usual.into_iter().chain(shared).filter_map(parse_range);
    ranges.any(|range| !block.covers(range).is_no())
}

/// `0.0.0.0/0` or `::/0`.
pub fn is_whole_family(range: IpRange) -> bool {
    range.prefix() == Some(0)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_private() || shared
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}
