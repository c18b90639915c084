//! What the rules of a NetworkPolicy let through, in three-valued truth.
//!
//! The semantics are those of `networking.k8s.io/v1`. What a template fills in, and what the API
//! refuses, is unknown.

use super::addresses::IpRange;
use super::addresses::range::parse_cidr;
use super::labels::{Answer, Labels, Selector};
use super::namespaces::fold;
use super::policies::Direction;
use super::ports::{PortRef, Protocol, port_number};
pub use crate::ingest::IntOrString;
use crate::ingest::List;
use crate::ingest::kubernetes::NetworkPolicySpec;
pub use crate::ingest::kubernetes::{IpBlock, PolicyPeer, PolicyPort};
use crate::source::Span;
use crate::syntax::decode::Field;

/// The rules of one direction.
#[derive(Debug)]
pub struct Rules<'a> {
    pub direction: Direction,
    /// Whether the policy isolates the pods that it selects in this direction.
    pub isolates: Answer,
    pub rules: Vec<Rule<'a>>,
    /// Whether there are rules that cannot be known.
    pub partly_unknown: bool,
    /// Where the list of rules stands.
    pub span: Option<Span>,
}

/// Lets through what both its peers and its ports cover.
#[derive(Debug)]
pub struct Rule<'a> {
    /// `None`: anything.
    pub peers: Option<Vec<Peer<'a>>>,
    /// `None`: every port of every protocol.
    pub ports: Option<Vec<PortRule<'a>>>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Peer<'a> {
    pub kind: PeerKind<'a>,
    pub span: Span,
    /// What is written; `None` when it cannot be known.
    pub source: Option<&'a PolicyPeer>,
}

#[derive(Debug)]
pub enum PeerKind<'a> {
    Pods {
        /// `None`: the policy's own namespace.
        namespaces: Option<Selector<'a>>,
        /// `None`: all pods.
        pods: Option<Selector<'a>>,
    },
    Block(Block<'a>),
    /// Templated, or refused by the API.
    Unknown,
}

/// A range of addresses without its exceptions.
#[derive(Debug)]
pub struct Block<'a> {
    pub range: IpRange,
    pub except: Vec<IpRange>,
    pub source: &'a IpBlock,
}

#[derive(Debug)]
pub struct PortRule<'a> {
    /// `None`: cannot be known, or refused by the API.
    pub protocol: Option<Protocol>,
    pub port: PortMatch<'a>,
    pub span: Span,
    pub source: Option<&'a PolicyPort>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortMatch<'a> {
    Any,
    /// First and last port.
    Range(u16, u16),
    Name(&'a str),
    Unknown,
}

/// A pod as a peer sees it.
#[derive(Clone, Copy, Debug)]
pub struct PodView<'v, 'a> {
    /// The key of its namespace.
    pub namespace: &'a str,
    pub namespace_labels: &'v Labels<'a>,
    pub labels: &'v Labels<'a>,
}

/// The name of a container port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortName<'n> {
    Is(&'n str),
    Absent,
    Unknown,
}

/// The rules of one direction; `parts` takes a rule apart into peers and ports.
pub fn rules<'a, R>(
    direction: Direction,
    spec: &'a NetworkPolicySpec,
    field: &'a List<R>,
    parts: impl Fn(&'a R) -> (&'a List<PolicyPeer>, &'a List<PolicyPort>),
) -> Rules<'a> {
    let mut rules = Vec::new();
    for rule in field.items() {
        let (peers, ports) = match rule {
            Field::Known(rule) => parts(&rule.value),
            // A rule that is null restricts nothing, like an empty one.
            Field::Absent => (&Field::Absent, &Field::Absent),
            Field::Unknown(_) => continue,
        };
        let Some(span) = rule.span().or(field.span()) else { continue };
        rules.push(Rule { peers: list(peers, peer), ports: list(ports, port), span });
    }
    let partly_unknown = field.is_unknown() || field.items().iter().any(Field::is_unknown);
    let isolates = isolates(direction, spec, partly_unknown);
    Rules { direction, isolates, rules, partly_unknown, span: field.span() }
}

/// Absent and empty lists restrict nothing. An item that cannot be known is `None`.
fn list<'a, T, U>(field: &'a List<T>, make: impl Fn(Option<&'a T>, Span) -> U) -> Option<Vec<U>> {
    match field {
        Field::Absent => None,
        Field::Known(items) if items.value.is_empty() => None,
        Field::Known(items) => {
            let make = |item: &'a Field<T>| make(item.value(), item.span().unwrap_or(items.span));
            Some(items.value.iter().map(make).collect())
        }
        Field::Unknown(span) => Some(vec![make(None, *span)]),
    }
}

/// The effective policy types: without `policyTypes` a policy isolates for ingress, and for egress
/// only if it has egress rules.
fn isolates(direction: Direction, spec: &NetworkPolicySpec, rules_unknown: bool) -> Answer {
    let types = &spec.policy_types;
    if types.is_unknown() {
        return Answer::Unknown;
    }
    if types.items().is_empty() {
        return match direction {
            Direction::Ingress => Answer::Yes,
            Direction::Egress if !spec.egress.items().is_empty() => Answer::Yes,
            Direction::Egress if rules_unknown => Answer::Unknown,
            Direction::Egress => Answer::No,
        };
    }
    let answers = types.items().iter().map(|name| match name.value().map(String::as_str) {
        Some(name) if name == direction.name() => Answer::Yes,
        Some("Ingress" | "Egress") => Answer::No,
        _ => Answer::Unknown,
    });
    Answer::any(answers)
}

fn peer(source: Option<&PolicyPeer>, span: Span) -> Peer<'_> {
    Peer { kind: source.map_or(PeerKind::Unknown, peer_kind), span, source }
}

fn peer_kind(peer: &PolicyPeer) -> PeerKind<'_> {
    let selector = |field| Some(Selector::of_field(field)).filter(|_| !Field::is_absent(field));
    let namespaces = selector(&peer.namespace_selector);
    let pods = selector(&peer.pod_selector);
    let selects = namespaces.is_some() || pods.is_some();
    match &peer.ip_block {
        Field::Absent if selects => PeerKind::Pods { namespaces, pods },
        Field::Known(source) if !selects => {
            block(&source.value).map_or(PeerKind::Unknown, PeerKind::Block)
        }
        _ => PeerKind::Unknown,
    }
}

/// `0.0.0.0/0` or `::/0`.
pub fn is_whole_family(range: IpRange) -> bool {
    range.prefix() == Some(0)
}

/// Ranges with host bits are taken as the network they lie in, as the API does.
pub fn parse_range(text: &str) -> Option<IpRange> {
    parse_cidr(text).ok().map(|cidr| cidr.range())
}

fn block(source: &IpBlock) -> Option<Block<'_>> {
    let range = parse_range(source.cidr.value()?)?;
    if source.except.is_unknown() {
        return None;
    }
    let except = source.except.items().iter().map(|except| parse_range(except.value()?));
    Some(Block { range, except: except.collect::<Option<Vec<_>>>()?, source })
}

fn port(source: Option<&PolicyPort>, span: Span) -> PortRule<'_> {
    let Some(source) = source else {
        return PortRule { protocol: None, port: PortMatch::Unknown, span, source: None };
    };
    let protocol = Protocol::of_field(&source.protocol);
    let port = match (&source.port, &source.end_port) {
        (Field::Absent, Field::Absent) => PortMatch::Any,
        (port, end) => match (PortRef::of_field(port), end) {
            (Some(PortRef::Number(first)), Field::Absent) => PortMatch::Range(first, first),
            (Some(PortRef::Number(first)), Field::Known(last)) => match port_number(last.value) {
                Some(last) => PortMatch::Range(first, last),
                None => PortMatch::Unknown,
            },
            (Some(PortRef::Name(name)), Field::Absent) => PortMatch::Name(name),
            _ => PortMatch::Unknown,
        },
    };
    PortRule { protocol, port, span, source: Some(source) }
}

impl<'a> Peer<'a> {
    /// Whether the peer covers a pod; only peers with selectors do so for certain.
    pub fn selects(&self, own_namespace: &str, pod: PodView<'_, 'a>) -> Answer {
        let PeerKind::Pods { namespaces, pods } = &self.kind else { return Answer::Unknown };
        let in_namespace = match namespaces {
            None => Answer::of(fold(own_namespace) == fold(pod.namespace)),
            Some(selector) => selector.matches(pod.namespace_labels),
        };
        let pods = pods.as_ref().map_or(Answer::Yes, |selector| selector.matches(pod.labels));
        in_namespace.and(pods)
    }
}

impl Block<'_> {
    /// Whether all of a range, some of it, or nothing of it is covered.
    pub fn covers(&self, range: IpRange) -> Answer {
        let excepted = self.except.iter().any(|except| except.contains(range));
        if excepted || !self.range.overlaps(range) {
            return Answer::No;
        }
        let cut = self.except.iter().any(|except| except.overlaps(range));
        if self.range.contains(range) && !cut { Answer::Yes } else { Answer::Unknown }
    }
}

impl Rule<'_> {
    /// Whether the rule's ports cover a port of a pod.
    pub fn covers_port(&self, protocol: Protocol, number: u16, name: PortName<'_>) -> Answer {
        let Some(ports) = &self.ports else { return Answer::Yes };
        Answer::any(ports.iter().map(|port| port.covers(protocol, number, name)))
    }
}

impl PortRule<'_> {
    /// Whether the rule covers a port of a pod; `name` is that of the container port.
    pub fn covers(&self, protocol: Protocol, number: u16, name: PortName<'_>) -> Answer {
        let of_protocol = self.protocol.map_or(Answer::Unknown, |own| Answer::of(own == protocol));
        let port = match self.port {
            PortMatch::Any => Answer::Yes,
            PortMatch::Range(first, last) => Answer::of((first..=last).contains(&number)),
            PortMatch::Name(wanted) => match name {
                PortName::Is(name) => Answer::of(name == wanted),
                PortName::Absent => Answer::No,
                PortName::Unknown => Answer::Unknown,
            },
            PortMatch::Unknown => Answer::Unknown,
        };
        of_protocol.and(port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    fn isolates(spec: &str) -> (Answer, Answer) {
        let text = format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p}}, spec: {spec}}}"
        );
        with_network(&text, |network| {
            let policy = &network.policies.all[0];
            (policy.ingress.isolates, policy.egress.isolates)
        })
    }

    #[test]
    fn the_types_of_a_policy_follow_from_its_rules_where_they_are_not_written() {
        use Answer::{No, Unknown, Yes};
        let table = [
            ("{}", (Yes, No)),
            ("{ingress: []}", (Yes, No)),
            ("{egress: []}", (Yes, No)),
            ("{egress: [{}]}", (Yes, Yes)),
            ("{policyTypes: [], egress: [{}]}", (Yes, Yes)),
            ("{policyTypes: [Egress]}", (No, Yes)),
            ("{policyTypes: [Ingress], egress: [{}]}", (Yes, No)),
            ("{policyTypes: [Ingress, Egress]}", (Yes, Yes)),
            ("{policyTypes: ['${TYPE}']}", (Unknown, Unknown)),
            ("{policyTypes: [egress]}", (Unknown, Unknown)),
            ("{egress: '${RULES}'}", (Yes, Unknown)),
        ];
        for (spec, expected) in table {
            assert_eq!(isolates(spec), expected, "{spec}");
        }
    }

    /// Whether the ports of a rule cover TCP 53, UDP 53 and UDP 5353, of which the last is called
    /// `mdns`.
    fn covers(ports: &str) -> [Answer; 3] {
        let text = format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p}}, spec: {{egress: [{{ports: {ports}}}]}}}}"
        );
        with_network(&text, |network| {
            let rule = &network.policies.all[0].egress.rules[0];
            [
                rule.covers_port(Protocol::Tcp, 53, PortName::Absent),
                rule.covers_port(Protocol::Udp, 53, PortName::Unknown),
                rule.covers_port(Protocol::Udp, 5353, PortName::Is("mdns")),
            ]
        })
    }

    #[test]
    fn ports_without_a_protocol_are_of_tcp_and_without_a_number_are_all() {
        use Answer::{No, Unknown, Yes};
        let table = [
            ("[]", [Yes, Yes, Yes]),
            ("[{}]", [Yes, No, No]),
            ("[{port: 53}]", [Yes, No, No]),
            ("[{port: 53, protocol: UDP}]", [No, Yes, No]),
            ("[{protocol: UDP}]", [No, Yes, Yes]),
            ("[{port: 50, endPort: 60, protocol: UDP}, {port: 53}]", [Yes, Yes, No]),
            ("[{port: mdns, protocol: UDP}]", [No, Unknown, Yes]),
            ("[{port: '${PORT}', protocol: UDP}]", [No, Unknown, Unknown]),
            ("[{port: 53, protocol: '${P}'}]", [Unknown, Unknown, No]),
        ];
        for (ports, expected) in table {
            assert_eq!(covers(ports), expected, "{ports}");
        }
    }

    #[test]
    fn a_range_covers_another_wholly_in_part_or_not_at_all() {
        let text = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {egress: [{to: [{ipBlock: {cidr: 10.0.0.9/8, except: [10.1.0.0/16]}}]}]}}";
        with_network(text, |network| {
            let peers = network.policies.all[0].egress.rules[0].peers.as_ref();
            let Some(PeerKind::Block(block)) = peers.map(|peers| &peers[0].kind) else {
                panic!("not a range of addresses");
            };
            let covers = |range: &str| block.covers(parse_range(range).expect("a range"));
            assert_eq!(covers("10.2.0.0/16"), Answer::Yes);
            assert_eq!(covers("10.1.2.0/24"), Answer::No);
            assert_eq!(covers("10.0.0.0/15"), Answer::Unknown);
            assert_eq!(covers("0.0.0.0/0"), Answer::Unknown);
            assert_eq!(covers("192.168.0.0/16"), Answer::No);
            assert_eq!(covers("fd00::/64"), Answer::No);
        });
    }
}
