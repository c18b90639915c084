//! Rules of NetworkPolicies that let nothing through, because the other side of every connection
//! that they are about does not.

use rustc_hash::FxHashMap;

use super::Network;
use super::connectivity::layers::{Peer, Policy as LayerPolicy, Reading, Rule};
use super::connectivity::traffic::Traffic;
use super::connectivity::{Connectivity, endpoints::ClassSet};
use super::labels::Selector;
use super::object::Object;
use super::policies::{Direction, Policy};
use super::policy_rules::{PeerKind, Rule as WrittenRule};
use crate::source::Span;

/// A rule that is about more pairs of pods than this is about pods in general.
const MOST_PAIRS: usize = 200;

/// A rule whose connections the other side blocks, all of them, whatever is not known.
#[derive(Debug)]
pub struct OneSided<'a> {
    /// Where the rule is written.
    pub span: Span,
    pub direction: Direction,
    /// Index of a workload that the policy isolates.
    pub near: usize,
    /// Index of a workload at the other side.
    pub far: usize,
    /// What the rule lets through between them.
    pub traffic: Traffic,
    /// The policies of the other side.
    pub policies: Vec<Object<'a>>,
    /// Whether these let something else through: it is not only that everything is denied.
    pub by_rules: bool,
}

pub fn one_sided_rules<'a>(network: &Network<'a>) -> Vec<OneSided<'a>> {
    let mut found = Vec::new();
    if network.policies.all.is_empty() {
        return found;
    }
    let connectivity = network.connectivity();
    let native = network.policies.all.iter();
    let native: FxHashMap<Span, &Policy<'_>> =
        native.map(|policy| (policy.object.span(), policy)).collect();
    for layer in &connectivity.layers {
        for policy in &layer.policies {
            let Some(written) = native.get(&policy.object.span()) else { continue };
            for direction in [Direction::Ingress, Direction::Egress] {
                let rules = &written.rules(direction).rules;
                let side = policy.side(direction);
                let pairs = rules.iter().zip(&side.rules);
                found.extend(pairs.filter_map(|(rule, lowered)| {
                    look_at(connectivity, (written, policy), direction, (rule, lowered))
                }));
            }
        }
    }
    found
}

fn look_at<'a>(
    connectivity: &Connectivity<'a>,
    (written, policy): (&Policy<'a>, &LayerPolicy<'a>),
    direction: Direction,
    (rule, lowered): (&WrittenRule<'a>, &Rule<'a>),
) -> Option<OneSided<'a>> {
    if !names_pods(rule) || !written.selector.is_known() {
        return None;
    }
    let near = certain(connectivity, &policy.subject)?;
    let far = certain(connectivity, &lowered.peers.pods)?;
    if near.len().saturating_mul(far.len()) > MOST_PAIRS {
        return None;
    }
    let opposite = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    let mut first = None;
    for one in &near {
        for other in &far {
            let pods = |index: &usize| Peer::Pods(*index, &connectivity.endpoints.all[*index]);
            let destination = if direction == Direction::Egress { other } else { one };
            let meant = lowered.ports.on(Some(&connectivity.endpoints.all[*destination])).possible;
            let there = connectivity.allows(*other, opposite, pods(one), Reading::CAUTIOUS);
            // What is between the pods of one kind, nobody has to let through twice.
            if one == other || meant.is_none() || !there.possible.and(&meant).is_none() {
                return None;
            }
            first = first.or(Some((*one, *other, meant)));
        }
    }
    let (one, other, traffic) = first?;
    if !connectivity.is_complete_for(connectivity.endpoints.all[other].namespace) {
        return None;
    }
    let limiting = connectivity.limiting(other, opposite);
    let by_rules = limiting.iter().any(|policy| {
        let side = policy.side(opposite);
        !side.rules.is_empty() || side.unknown
    });
    let policies: Vec<Object<'a>> = limiting.into_iter().map(|policy| policy.object).collect();
    let member = |endpoint: usize| connectivity.endpoints.all[endpoint].members.first().copied();
    (!policies.is_empty()).then_some(OneSided {
        span: rule.span,
        direction,
        near: member(one)?,
        far: member(other)?,
        traffic,
        policies,
        by_rules,
    })
}

/// Whether all peers of a rule are pods that are named by labels: a rule for all pods of a
/// namespace is wide on purpose.
fn names_pods(rule: &WrittenRule<'_>) -> bool {
    let named = |selector: &Selector<'_>| selector.is_known() && !selector.is_empty();
    rule.peers.as_ref().is_some_and(|peers| {
        peers.iter().all(|peer| match &peer.kind {
            PeerKind::Pods { pods: Some(pods), namespaces } => {
                named(pods) && namespaces.as_ref().is_none_or(Selector::is_known)
            }
            _ => false,
        })
    })
}

/// The endpoints of a set, when it is known which they are, and there are any.
fn certain(connectivity: &Connectivity<'_>, set: &ClassSet) -> Option<Vec<usize>> {
    let ClassSet::Some(entries) = set else { return None };
    let on_node = |index: &usize| !connectivity.endpoints.all[*index].host_network.is_no();
    let known = entries.iter().all(|(index, answer)| answer.is_yes() && !on_node(index));
    (known && !entries.is_empty()).then(|| entries.iter().map(|(index, _)| *index).collect())
}
