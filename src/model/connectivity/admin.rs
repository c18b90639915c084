//! AdminNetworkPolicies, their baseline, and ClusterNetworkPolicies as rules of a layer.

use super::endpoints::{Asked, ClassSet, Selection};
use super::layers::{Action, Peers, Policy, Ports, Rule, Side};
use super::traffic::{Bounds, Traffic};
use crate::ingest::List;
use crate::ingest::admin_policy::{
    AdminPeer, AdminPolicy, AdminPolicySpec, AdminPort, AdminProtocol, AdminRule, NamespacedPods,
    NumberOrRange, PortRange,
};
use crate::ingest::kubernetes::LabelSelector;
use crate::model::labels::{Answer, Selector};
use crate::model::object::Object;
use crate::model::policies::Direction;
use crate::model::policy_rules::parse_range;
use crate::model::ports::{Protocol, port_number};
use crate::syntax::decode::Field;

/// Which layer a policy belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Before NetworkPolicies.
    Admin,
    /// After them.
    Baseline,
}

impl Tier {
    /// As Calico calls it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Admin => "kube-admin",
            Tier::Baseline => "kube-baseline",
        }
    }
}

/// The layer of a policy, and its place there; `None` for a tier that cannot be known.
pub fn place(policy: &AdminPolicy) -> Option<(Tier, i64)> {
    let tier = match policy {
        AdminPolicy::Admin(_) => Tier::Admin,
        AdminPolicy::Baseline(_) => Tier::Baseline,
        AdminPolicy::Cluster(spec) => match spec.tier.value()?.as_str() {
            "Admin" => Tier::Admin,
            "Baseline" => Tier::Baseline,
            _ => return None,
        },
    };
    Some((tier, policy.spec().priority.value().copied().unwrap_or(i64::MAX)))
}

/// A policy in the common form.
pub fn lower<'a>(
    object: Object<'a>,
    spec: &'a AdminPolicySpec,
    selection: &mut Selection<'_, 'a>,
) -> Policy<'a> {
    selection.ask_for(Asked::Subjects);
    let subject = spec.subject.value().map(|subject| {
        let pods = subject.pods.value();
        group(&subject.namespaces, pods, selection)
    });
    selection.ask_for(Asked::Peers);
    let ingress = side(&spec.ingress, Direction::Ingress, selection);
    let egress = side(&spec.egress, Direction::Egress, selection);
    Policy { object, subject: subject.unwrap_or_default(), ingress, egress }
}

fn group<'a>(
    namespaces: &'a Field<LabelSelector>,
    pods: Option<&'a NamespacedPods>,
    selection: &mut Selection<'_, 'a>,
) -> ClassSet {
    match (namespaces, pods) {
        (_, Some(pods)) => {
            let namespaces = Selector::of_field(&pods.namespace_selector);
            selection.across(&namespaces, &Selector::of_field(&pods.pod_selector))
        }
        (Field::Absent, None) => ClassSet::None,
        (namespaces, None) => {
            selection.across(&Selector::of_field(namespaces), &Selector::default())
        }
    }
}

fn side<'a>(
    rules: &'a List<AdminRule>,
    direction: Direction,
    selection: &mut Selection<'_, 'a>,
) -> Side<'a> {
    let mut side = Side { isolates: Answer::No, unknown: rules.is_unknown(), ..Side::default() };
    for rule in rules.items() {
        let Field::Known(written) = rule else {
            side.unknown = true;
            continue;
        };
        let action = match written.value.action.value().map(String::as_str) {
            Some("Allow" | "Accept") => Action::Allow,
            Some("Deny") => Action::Deny,
            Some("Pass") => Action::Pass,
            // The API refuses any other, and what a template fills in may be any.
            _ => {
                side.unknown = true;
                continue;
            }
        };
        let list = match direction {
            Direction::Ingress => &written.value.from,
            Direction::Egress => &written.value.to,
        };
        let mut peers = Peers { unknown: list.is_unknown(), ..Peers::default() };
        for peer in list.items() {
            match peer.value() {
                Some(peer) => add_peer(&mut peers, peer, selection),
                None => peers.unknown = true,
            }
        }
        let ports = ports(&written.value);
        side.rules.push(Rule { action, peers, ports, span: written.span });
    }
    side
}

fn add_peer<'a>(peers: &mut Peers, peer: &'a AdminPeer, selection: &mut Selection<'_, 'a>) {
    let namespaces = peer.pods.value().map_or(&peer.namespaces, |pods| &pods.namespace_selector);
    peers.out_of_sight |= selection.names_unseen(&Selector::of_field(namespaces));
    let set = group(&peer.namespaces, peer.pods.value(), selection);
    peers.pods = std::mem::take(&mut peers.pods).or(set);
    // Which addresses nodes and names have, the files do not tell.
    peers.elsewhere |= !peer.nodes.is_absent() || !peer.domain_names.is_absent();
    peers.unknown |= peer.networks.is_unknown() || peer.pods.is_unknown();
    for network in peer.networks.items() {
        match network.value().and_then(|text| parse_range(text)) {
            Some(range) => peers.blocks.push(range),
            None => peers.unknown = true,
        }
    }
}

fn ports(rule: &AdminRule) -> Ports<'_> {
    if rule.ports.is_absent() && rule.protocols.is_absent() {
        return Ports::All;
    }
    let mut numbers = Bounds::none();
    let mut names = Vec::new();
    let unknown = Bounds::all().unsure();
    for port in rule.ports.items() {
        let bounds = match port.value() {
            Some(AdminPort { named_port: Field::Known(name), .. }) => {
                names.push((None, name.value.as_str()));
                continue;
            }
            Some(port) => of_port(port),
            None => None,
        };
        numbers = numbers.or(bounds.as_ref().unwrap_or(&unknown));
    }
    for protocol in rule.protocols.items() {
        let bounds = match protocol.value() {
            Some(AdminProtocol { destination_named_port: Field::Known(name), .. }) => {
                names.push((None, name.value.as_str()));
                continue;
            }
            Some(protocol) => of_protocol(protocol),
            None => None,
        };
        numbers = numbers.or(bounds.as_ref().unwrap_or(&unknown));
    }
    Ports::These { numbers, names }
}

fn of_port(port: &AdminPort) -> Option<Bounds> {
    if let Some(number) = port.port_number.value() {
        let protocol = Protocol::of_field(&number.protocol)?;
        let port = port_number(*number.port.value()?)?;
        return Some(Bounds::known(Traffic::ports(protocol, port, port)));
    }
    let range = port.port_range.value()?;
    of_range(Protocol::of_field(&range.protocol)?, range)
}

fn of_range(protocol: Protocol, range: &PortRange) -> Option<Bounds> {
    let (first, last) = (port_number(*range.start.value()?)?, port_number(*range.end.value()?)?);
    Some(Bounds::known(Traffic::ports(protocol, first, last)))
}

fn of_protocol(protocol: &AdminProtocol) -> Option<Bounds> {
    let known = [
        (Protocol::Tcp, &protocol.tcp),
        (Protocol::Udp, &protocol.udp),
        (Protocol::Sctp, &protocol.sctp),
    ];
    let (protocol, ports) = known.into_iter().find(|(_, ports)| !ports.is_absent())?;
    match &ports.value()?.destination_port {
        Field::Absent => Some(Bounds::known(Traffic::protocol(protocol))),
        Field::Unknown(_) => None,
        Field::Known(port) => {
            let NumberOrRange { number, range } = &port.value;
            if let Some(range) = range.value() {
                return of_range(protocol, range);
            }
            let port = port_number(*number.value()?)?;
            Some(Bounds::known(Traffic::ports(protocol, port, port)))
        }
    }
}
