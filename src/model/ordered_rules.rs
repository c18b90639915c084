//! Rules of which the first that matches decides: those of Calico's policies and of those of
//! administrators. NetworkPolicies and Cilium's have no order.
//!
//! What one rule decides of another one is told by what is written, whatever pods there are.

use super::Network;
use super::addresses::IpRange;
use super::labels::Selector;
use super::policies::Direction;
use super::policy_cover::selects_all_of;
use super::policy_rules::parse_range;
use crate::ingest::Body;
use crate::ingest::admin_policy::{AdminPeer, AdminRule};
use crate::ingest::calico_policy::{CalicoRule, EntityRule};
use crate::source::Span;
use crate::syntax::decode::Field;

/// Longer lists are made by programs.
const LONGEST: usize = 200;

/// A rule as one of a list.
#[derive(Debug)]
pub struct OrderedRule<'a> {
    /// As it is written.
    pub action: &'a str,
    pub span: Span,
    matches: Matches<'a>,
}

#[derive(Debug)]
enum Matches<'a> {
    Everything,
    /// All ports of these, when `is_whole`.
    Peers {
        peers: Vec<PeerGroup<'a>>,
        is_whole: bool,
    },
    /// Not compared with others.
    Something,
}

/// What a peer of an administrator's policy stands for.
#[derive(Debug)]
enum PeerGroup<'a> {
    Pods { namespaces: Selector<'a>, pods: Selector<'a> },
    Networks(Vec<IpRange>),
    Other,
}

impl OrderedRule<'_> {
    /// Whether nothing that this rule leaves open matches a later one.
    pub fn decides_all_of(&self, later: &OrderedRule<'_>) -> bool {
        match (&self.matches, &later.matches) {
            (Matches::Everything, _) => true,
            (Matches::Peers { peers, is_whole: true }, Matches::Peers { peers: later, .. }) => {
                !later.is_empty()
                    && later.iter().all(|peer| peers.iter().any(|wider| wider.covers(peer)))
            }
            _ => false,
        }
    }
}

impl PeerGroup<'_> {
    fn covers(&self, narrower: &PeerGroup<'_>) -> bool {
        match (self, narrower) {
            (
                PeerGroup::Pods { namespaces, pods },
                PeerGroup::Pods { namespaces: in_namespaces, pods: of_pods },
            ) => selects_all_of(namespaces, in_namespaces) && selects_all_of(pods, of_pods),
            (PeerGroup::Networks(wider), PeerGroup::Networks(narrower)) => {
                narrower.iter().all(|range| wider.iter().any(|wider| wider.contains(*range)))
            }
            _ => false,
        }
    }
}

/// The lists of rules of all policies, each with its rules in their order.
pub fn ordered_lists<'a>(network: &Network<'a>) -> Vec<Vec<OrderedRule<'a>>> {
    let mut lists = Vec::new();
    for policy in network.calico_policies() {
        for list in [&policy.spec.ingress, &policy.spec.egress] {
            let rules = list.items().iter().take(LONGEST).filter_map(Field::known);
            let rules = rules.filter_map(|rule| of_calico(&rule.value, rule.span));
            lists.push(rules.collect());
        }
    }
    for object in &network.objects {
        let Body::AdminPolicy(policy) = object.body() else { continue };
        let spec = policy.spec();
        for (direction, list) in
            [(Direction::Ingress, &spec.ingress), (Direction::Egress, &spec.egress)]
        {
            let rules = list.items().iter().take(LONGEST).filter_map(Field::known);
            let rules = rules.filter_map(|rule| of_admin(&rule.value, direction, rule.span));
            lists.push(rules.collect());
        }
    }
    lists
}

/// `None` for a rule that decides nothing, or whose action cannot be known.
fn of_calico(rule: &CalicoRule, span: Span) -> Option<OrderedRule<'_>> {
    let action = rule.action.value().map(String::as_str)?;
    if !["Allow", "Deny", "Pass"].contains(&action) {
        return None;
    }
    let is_open = |entity: &Field<EntityRule>| match entity {
        Field::Absent => true,
        Field::Known(entity) => is_empty(&entity.value),
        Field::Unknown(_) => false,
    };
    let everything = rule.protocol.is_absent()
        && rule.not_protocol.is_absent()
        && rule.ip_version.is_absent()
        && rule.http.is_absent()
        && is_open(&rule.source)
        && is_open(&rule.destination);
    let matches = if everything { Matches::Everything } else { Matches::Something };
    Some(OrderedRule { action, span, matches })
}

fn is_empty(entity: &EntityRule) -> bool {
    entity.nets.is_absent()
        && entity.not_nets.is_absent()
        && entity.selector.is_absent()
        && entity.not_selector.is_absent()
        && entity.namespace_selector.is_absent()
        && entity.ports.is_absent()
        && entity.not_ports.is_absent()
        && entity.service_accounts.is_absent()
        && entity.services.is_absent()
        && entity.domains.is_absent()
}

fn of_admin(rule: &AdminRule, direction: Direction, span: Span) -> Option<OrderedRule<'_>> {
    let action = rule.action.value().map(String::as_str)?;
    if !["Allow", "Accept", "Deny", "Pass"].contains(&action) {
        return None;
    }
    let list = match direction {
        Direction::Ingress => &rule.from,
        Direction::Egress => &rule.to,
    };
    let peers = list.items().iter().map(|peer| peer.value().map_or(PeerGroup::Other, group));
    let is_whole = rule.ports.is_absent() && rule.protocols.is_absent();
    let matches = match list.is_unknown() {
        true => Matches::Something,
        false => Matches::Peers { peers: peers.collect(), is_whole },
    };
    Some(OrderedRule { action, span, matches })
}

fn group(peer: &AdminPeer) -> PeerGroup<'_> {
    let networks = || {
        let ranges = peer.networks.items().iter().map(|range| parse_range(range.value()?));
        ranges.collect::<Option<Vec<IpRange>>>()
    };
    match (&peer.namespaces, peer.pods.value(), networks()) {
        (_, Some(pods), _) => PeerGroup::Pods {
            namespaces: Selector::of_field(&pods.namespace_selector),
            pods: Selector::of_field(&pods.pod_selector),
        },
        (Field::Known(namespaces), None, _) => PeerGroup::Pods {
            namespaces: Selector::of(&namespaces.value),
            pods: Selector::default(),
        },
        (_, None, Some(ranges)) if !ranges.is_empty() && !peer.networks.is_unknown() => {
            PeerGroup::Networks(ranges)
        }
        _ => PeerGroup::Other,
    }
}
