//! Policies that are asked at the same time and do not say the same: which of them decides is
//! undefined, or goes by their names.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Network;
use super::connectivity::endpoints::ClassSet;
use super::connectivity::layers::{Action, Policy};
use super::object::Object;
use super::policies::Direction;
use crate::source::{Span, Spanned};

/// Two policies of one tier with the same place in it, that are about some of the same pods and do
/// different things in a direction.
#[derive(Debug)]
pub struct Rivals<'a> {
    pub tier: String,
    /// As it is written.
    pub place: String,
    pub direction: Direction,
    pub first: Rival<'a>,
    pub second: Rival<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Rival<'a> {
    pub object: Object<'a>,
    /// Where its place is written.
    pub span: Span,
}

/// With how many earlier ones a policy is compared.
const MAX_COMPARED: usize = 32;

/// A policy with its tier, and its place as a number and as it is written.
pub struct Contender<'a> {
    pub tier: String,
    pub place: Spanned<f64>,
    pub object: Object<'a>,
}

/// The rivals among some policies: each policy with the first one before it.
pub fn rivals<'a>(network: &Network<'a>, contenders: Vec<Contender<'a>>) -> Vec<Rivals<'a>> {
    let mut groups: BTreeMap<(String, u64), Vec<(Rival<'a>, f64)>> = BTreeMap::new();
    for Contender { tier, place, object } in contenders {
        let rival = Rival { object, span: place.span };
        groups.entry((tier, place.value.to_bits())).or_default().push((rival, place.value));
    }
    let mut found = Vec::new();
    if groups.values().all(|group| group.len() < 2) {
        return found;
    }
    let layers = &network.connectivity().layers;
    let policies = layers.iter().flat_map(|layer| &layer.policies);
    let lowered: FxHashMap<Span, &Policy<'_>> =
        policies.map(|policy| (policy.object.resource.name_span(), policy)).collect();
    for ((tier, _), group) in groups {
        for (index, (second, place)) in group.iter().enumerate().skip(1) {
            let start = index.saturating_sub(MAX_COMPARED);
            let mut before = group[start..index].iter();
            found.extend(before.find_map(|(first, _)| {
                let direction = quarrel(&lowered, first.object, second.object)?;
                let (tier, place) = (tier.clone(), place.to_string());
                Some(Rivals { tier, place, direction, first: *first, second: *second })
            }));
        }
    }
    found
}

/// The direction in which two policies do different things to pods that both are about for
/// certain.
fn quarrel(
    lowered: &FxHashMap<Span, &Policy<'_>>,
    one: Object<'_>,
    other: Object<'_>,
) -> Option<Direction> {
    let lowered = |object: Object<'_>| lowered.get(&object.resource.name_span()).copied();
    let (one, other) = (lowered(one)?, lowered(other)?);
    if !overlap(&one.subject, &other.subject) {
        return None;
    }
    [Direction::Ingress, Direction::Egress].into_iter().find(|direction| {
        let actions = |policy: &Policy<'_>| -> Vec<Action> {
            policy.side(*direction).rules.iter().map(|rule| rule.action).collect()
        };
        let (ours, theirs) = (actions(one), actions(other));
        ours.iter().any(|action| theirs.iter().any(|their| their != action))
    })
}

fn overlap(one: &ClassSet, other: &ClassSet) -> bool {
    match (one, other) {
        (ClassSet::None, _) | (_, ClassSet::None) => false,
        (ClassSet::All, ClassSet::All) => true,
        (ClassSet::All, ClassSet::Some(set)) | (ClassSet::Some(set), ClassSet::All) => {
            set.iter().any(|(_, answer)| answer.is_yes())
        }
        (ClassSet::Some(one), set @ ClassSet::Some(_)) => {
            one.iter().any(|(index, answer)| answer.and(set.get(*index)).is_yes())
        }
    }
}
