//! NetworkPolicies as rules of a layer.

use super::endpoints::{Asked, ClassSet, Selection};
use super::layers::{Action, Peers, Policy, Ports, Rule, Side};
use super::traffic::{Bounds, Traffic};
use crate::model::addresses::overlap::Coverage;
use crate::model::labels::Selector;
use crate::model::policies;
use crate::model::policy_rules::{self, Peer, PeerKind, PortMatch, PortRule};

/// A NetworkPolicy in the common form; `outside_only` when the plugin takes ranges of addresses
/// for what is outside of the cluster.
pub fn lower<'a>(
    policy: &policies::Policy<'a>,
    outside_only: bool,
    selection: &mut Selection<'_, 'a>,
) -> Policy<'a> {
    let own = policy.namespace;
    selection.ask_for(Asked::Subjects);
    let subject = selection.within(own, &policy.selector);
    selection.ask_for(Asked::Peers);
    let mut side = |rules: &policy_rules::Rules<'a>| {
        // Rules for a direction that the policy is not about let nothing through.
        if rules.isolates.is_no() {
            return Side::default();
        }
        Side {
            rules: rules
                .rules
                .iter()
                .map(|rule| lower_rule(own, rule, outside_only, selection))
                .collect(),
            isolates: rules.isolates,
            unknown: rules.partly_unknown,
        }
    };
    let (ingress, egress) = (side(&policy.ingress), side(&policy.egress));
    Policy { object: policy.object, subject, ingress, egress }
}

fn lower_rule<'a>(
    own: &'a str,
    rule: &policy_rules::Rule<'a>,
    outside_only: bool,
    selection: &mut Selection<'_, 'a>,
) -> Rule<'a> {
    let peers = match &rule.peers {
        None => Peers::everybody(),
        Some(peers) => {
            let mut lowered = Peers { outside_only, ..Peers::default() };
            for peer in peers {
                add_peer(&mut lowered, own, peer, selection);
            }
            lowered
        }
    };
    Rule { action: Action::Allow, peers, ports: ports(rule.ports.as_deref()), span: rule.span }
}

fn add_peer<'a>(
    peers: &mut Peers,
    own: &'a str,
    peer: &Peer<'a>,
    selection: &mut Selection<'_, 'a>,
) {
    match &peer.kind {
        PeerKind::Pods { namespaces, pods } => {
            let everything = Selector::default();
            let pods = pods.as_ref().unwrap_or(&everything);
            let set = match namespaces {
                None => selection.within(own, pods),
                Some(namespaces) => {
                    peers.out_of_sight |= selection.names_unseen(namespaces);
                    selection.across(namespaces, pods)
                }
            };
            let known = std::mem::replace(&mut peers.pods, ClassSet::None);
            peers.pods = known.or(set);
        }
        PeerKind::Block(block) => {
            peers.blocks.extend(Coverage::of(&block.except).gaps_in(block.range));
            peers.reduced.extend((!block.except.is_empty()).then_some(block.range));
        }
        PeerKind::Unknown => peers.unknown = true,
    }
}

fn ports<'a>(rules: Option<&[PortRule<'a>]>) -> Ports<'a> {
    let Some(rules) = rules else { return Ports::All };
    let mut numbers = Bounds::none();
    let mut names = Vec::new();
    for rule in rules {
        let Some(protocol) = rule.protocol else {
            numbers = numbers.or(&Bounds::all().unsure());
            continue;
        };
        let bounds = match rule.port {
            PortMatch::Any => Bounds::known(Traffic::protocol(protocol)),
            PortMatch::Range(first, last) => Bounds::known(Traffic::ports(protocol, first, last)),
            PortMatch::Name(name) => {
                names.push((Some(protocol), name));
                continue;
            }
            PortMatch::Unknown => Bounds::known(Traffic::protocol(protocol)).unsure(),
        };
        numbers = numbers.or(&bounds);
    }
    Ports::These { numbers, names }
}
