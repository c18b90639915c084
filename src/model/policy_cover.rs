//! Whether what one part of a policy says is said by another, whatever pods there are.
//!
//! The comparison is of what is written: every answer is sure for pods that no file shows, too.
//! What a template fills in, and what the API refuses, covers nothing and is covered by nothing.

use rustc_hash::FxHashMap;

use super::labels::{Operator, Requirement, Selector};
use super::namespaces::{NAME_LABEL, is_known};
use super::policies::{Direction, Policies, Policy};
use super::policy_rules::{Block, Peer, PeerKind, PortMatch, PortRule, Rule};

/// Comparing more peers, ports and rules with each other than this costs too much for what it
/// tells.
const MOST_COMPARISONS: usize = 2_000;
/// The same for the policies that are compared with one.
const MOST_POLICIES: usize = 40;

/// Whether a selector selects whatever another one selects.
pub fn selects_all_of(wider: &Selector<'_>, narrower: &Selector<'_>) -> bool {
    let required =
        |wanted: &Requirement<'_>| narrower.requirements.iter().any(|known| implies(known, wanted));
    wider.is_known() && narrower.is_known() && wider.requirements.iter().all(required)
}

/// Whether what meets one requirement meets another one.
fn implies(known: &Requirement<'_>, wanted: &Requirement<'_>) -> bool {
    use Operator::{DoesNotExist, Exists, In, NotIn};
    let all_in = |some: &[&str], others: &[&str]| some.iter().all(|one| others.contains(one));
    known.key == wanted.key
        && match (&known.operator, &wanted.operator) {
            (In(some), In(others)) => all_in(some, others),
            (In(some), NotIn(others)) => !some.iter().any(|one| others.contains(one)),
            (In(_) | Exists, Exists) | (DoesNotExist, NotIn(_) | DoesNotExist) => true,
            (NotIn(some), NotIn(others)) => all_in(others, some),
            _ => false,
        }
}

/// Two requirements of a selector that no object can meet together.
pub fn contradiction<'s, 'a>(
    selector: &'s Selector<'a>,
) -> Option<(&'s Requirement<'a>, &'s Requirement<'a>)> {
    let requirements = &selector.requirements;
    if requirements.len() > MOST_POLICIES {
        return None;
    }
    let pairs = requirements.iter().enumerate();
    let mut pairs = pairs
        .flat_map(|(index, one)| requirements[index + 1..].iter().map(move |other| (one, other)));
    pairs.find(|(one, other)| excludes(one, other) || excludes(other, one))
}

fn excludes(one: &Requirement<'_>, other: &Requirement<'_>) -> bool {
    use Operator::{DoesNotExist, Exists, In, NotIn};
    let is_known = !one.partly_known && !other.partly_known;
    is_known
        && one.key == other.key
        && match (&one.operator, &other.operator) {
            (In(some), In(others)) => !some.iter().any(|value| others.contains(value)),
            (In(some), NotIn(others)) => some.iter().all(|value| others.contains(value)),
            (In(_) | Exists, DoesNotExist) => true,
            _ => false,
        }
}

/// Whether a peer of a policy of a namespace covers all that another one does.
pub fn peer_covers(own: &str, wider: &Peer<'_>, narrower: &Peer<'_>) -> bool {
    match (&wider.kind, &narrower.kind) {
        (
            PeerKind::Pods { namespaces, pods },
            PeerKind::Pods { namespaces: other_namespaces, pods: other_pods },
        ) => {
            let is_own = |selector: &Selector<'_>| {
                is_known(own) && selector.required_value(NAME_LABEL) == Some(own)
            };
            let in_namespaces = match (namespaces, other_namespaces) {
                (None, None) => true,
                (Some(wider), Some(narrower)) => selects_all_of(wider, narrower),
                // The policy's own namespace, which may have a name.
                (Some(wider), None) => {
                    let named = wider.requirements.len() == 1 && is_own(wider);
                    wider.is_empty() || (named && wider.is_known())
                }
                (None, Some(narrower)) => is_own(narrower),
            };
            let everything = Selector::default();
            let pods = pods.as_ref().unwrap_or(&everything);
            in_namespaces && selects_all_of(pods, other_pods.as_ref().unwrap_or(&everything))
        }
        (PeerKind::Block(wider), PeerKind::Block(narrower)) => block_covers(wider, narrower),
        _ => false,
    }
}

fn block_covers(wider: &Block<'_>, narrower: &Block<'_>) -> bool {
    let left_out = |except: &super::addresses::IpRange| {
        !except.overlaps(narrower.range)
            || narrower.except.iter().any(|narrower| narrower.contains(*except))
    };
    wider.range.contains(narrower.range) && wider.except.iter().all(left_out)
}

pub fn port_covers(wider: &PortRule<'_>, narrower: &PortRule<'_>) -> bool {
    let of_protocol = wider.protocol.is_some() && wider.protocol == narrower.protocol;
    of_protocol
        && match (wider.port, narrower.port) {
            (PortMatch::Any, PortMatch::Any | PortMatch::Range(..) | PortMatch::Name(_)) => true,
            (PortMatch::Range(first, last), PortMatch::Range(from, to)) => {
                first <= from && to <= last && from <= to
            }
            (PortMatch::Name(name), PortMatch::Name(other)) => name == other,
            _ => false,
        }
}

/// Whether rules of a policy's namespace let all through that another one lets through; each of
/// its parts is let through by one of them.
pub fn rules_cover(own: &str, rules: &[&Rule<'_>], narrower: &Rule<'_>) -> bool {
    let peers: Vec<Option<&Peer<'_>>> = parts(narrower.peers.as_deref());
    let ports: Vec<Option<&PortRule<'_>>> = parts(narrower.ports.as_deref());
    let parts_of_rules = rules.iter().map(|rule| {
        rule.peers.as_ref().map_or(1, Vec::len) + rule.ports.as_ref().map_or(1, Vec::len)
    });
    let comparisons = peers.len().saturating_mul(ports.len()).saturating_mul(parts_of_rules.sum());
    let covers = |rule: &Rule<'_>, peer: Option<&Peer<'_>>, port: Option<&PortRule<'_>>| {
        let from_peer = rule.peers.as_ref().is_none_or(|peers| {
            peer.is_some_and(|peer| peers.iter().any(|wider| peer_covers(own, wider, peer)))
        });
        from_peer
            && rule.ports.as_ref().is_none_or(|ports| {
                port.is_some_and(|port| ports.iter().any(|wider| port_covers(wider, port)))
            })
    };
    comparisons <= MOST_COMPARISONS
        && peers.iter().all(|peer| {
            ports.iter().all(|port| rules.iter().any(|rule| covers(rule, *peer, *port)))
        })
}

/// What each item says; `None` alone for a list that restricts nothing.
fn parts<T>(list: Option<&[T]>) -> Vec<Option<&T>> {
    list.map_or(vec![None], |items| items.iter().map(Some).collect())
}

/// A policy that changes nothing, with those that say all that it says.
#[derive(Debug)]
pub struct Redundant {
    /// Index of the policy.
    pub policy: usize,
    pub by: Vec<usize>,
}

/// NetworkPolicies beside which others of their namespace isolate the same pods and let the same
/// through. A policy without rules is none: it says what holds when all others are gone.
pub fn redundant_policies(policies: &Policies<'_>) -> Vec<Redundant> {
    let index = Index::new(policies);
    let mut found: Vec<Redundant> = Vec::new();
    let mut is_redundant = vec![false; policies.all.len()];
    // The first of two that say the same is the one that counts.
    for number in (0..policies.all.len()).rev() {
        let policy = &policies.all[number];
        if !is_comparable(policy)
            || [&policy.ingress, &policy.egress]
                .iter()
                .all(|side| side.rules.is_empty() || !side.isolates.is_yes())
        {
            continue;
        }
        let others: Vec<usize> = index
            .may_select_all_of(policy)
            .into_iter()
            .take(25 * MOST_POLICIES)
            .filter(|other| {
                let candidate = &policies.all[*other];
                *other != number
                    && !is_redundant[*other]
                    && share_a_namespace(policy, candidate)
                    && policy.object.name() != candidate.object.name()
                    && is_comparable(candidate)
                    && selects_all_of(&candidate.selector, &policy.selector)
            })
            .take(MOST_POLICIES)
            .collect();
        let mut by = Vec::new();
        let sides = [Direction::Ingress, Direction::Egress];
        if sides
            .iter()
            .all(|direction| side_is_said(policies, policy, &others, *direction, &mut by))
        {
            is_redundant[number] = true;
            by.sort_unstable();
            by.dedup();
            found.push(Redundant { policy: number, by });
        }
    }
    found.reverse();
    found
}

/// Whether all of it is known.
fn is_comparable(policy: &Policy<'_>) -> bool {
    policy.selector.is_known()
        && [&policy.ingress, &policy.egress]
            .iter()
            .all(|side| side.isolates != super::labels::Answer::Unknown && !side.partly_unknown)
}

/// Whether two policies are of one namespace for certain: files that leave it open are often meant
/// for several.
pub fn share_a_namespace(one: &Policy<'_>, other: &Policy<'_>) -> bool {
    one.namespace == other.namespace
        && (is_known(one.namespace) || one.object.path == other.object.path)
}

/// Whether other policies isolate as this one does in a direction and let all through that it
/// lets through; adds those that are needed for it.
fn side_is_said(
    policies: &Policies<'_>,
    policy: &Policy<'_>,
    others: &[usize],
    direction: Direction,
    by: &mut Vec<usize>,
) -> bool {
    let own = policy.rules(direction);
    if own.isolates.is_no() {
        return true;
    }
    let others = others.iter().copied();
    let others: Vec<usize> =
        others.filter(|other| policies.all[*other].rules(direction).isolates.is_yes()).collect();
    let Some(first) = others.first() else { return false };
    let needed = by.len();
    for rule in &own.rules {
        let rules =
            |other: usize| policies.all[other].rules(direction).rules.iter().collect::<Vec<_>>();
        let alone = others
            .iter()
            .copied()
            .find(|other| rules_cover(policy.namespace, &rules(*other), rule));
        if let Some(other) = alone {
            by.push(other);
            continue;
        }
        let all: Vec<&Rule<'_>> = others.iter().flat_map(|other| rules(*other)).collect();
        if !rules_cover(policy.namespace, &all, rule) {
            return false;
        }
        by.extend(&others);
    }
    if by.len() == needed {
        by.push(*first);
    }
    true
}

/// Finds the policies that may select all that another one selects.
struct Index<'p> {
    /// By namespace, key and value of the first requirement; without a value where it is not `In`.
    by_first: FxHashMap<(&'p str, &'p str, &'p str), Vec<usize>>,
    /// By namespace, those that select everything.
    open: FxHashMap<&'p str, Vec<usize>>,
}

impl<'p> Index<'p> {
    fn new(policies: &Policies<'p>) -> Index<'p> {
        let mut index = Index { by_first: FxHashMap::default(), open: FxHashMap::default() };
        for (number, policy) in policies.all.iter().enumerate() {
            let Some(first) = policy.selector.requirements.first() else {
                index.open.entry(policy.namespace).or_default().push(number);
                continue;
            };
            let values: &[&str] = match &first.operator {
                Operator::In(values) => values,
                _ => &[""],
            };
            for value in values {
                let key = (policy.namespace, first.key, *value);
                index.by_first.entry(key).or_default().push(number);
            }
        }
        index
    }

    fn may_select_all_of(&self, policy: &Policy<'p>) -> Vec<usize> {
        let mut found = self.open.get(policy.namespace).cloned().unwrap_or_default();
        for requirement in &policy.selector.requirements {
            let value = match &requirement.operator {
                Operator::In(values) => values.first().copied().unwrap_or_default(),
                _ => "",
            };
            for value in [value, ""] {
                let key = (policy.namespace, requirement.key, value);
                found.extend(self.by_first.get(&key).into_iter().flatten());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
