//! Pods that a selector was probably meant to select, and does not.

use super::labels::{LabelValue, Labels, Operator, Selector};
use super::workloads::{Workload, Workloads};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A class of pods that differs from what a selector asks for in one label.
#[derive(Clone, Debug)]
pub struct NearMiss<'a> {
    pub class: usize,
    /// What the selector asks for, and where.
    pub wanted: (&'a str, &'a str),
    pub wanted_span: Option<Span>,
    /// What the pods have instead.
    pub found: (&'a str, &'a str),
}

/// Beyond so many classes of one namespace, looking for what was meant costs too much.
const MAX_CLASSES: usize = 500;

/// Looks among classes of pods for those that have all labels but one that a selector asks for,
/// and this one misspelt, or its value under another key.
pub fn near_miss<'a>(
    selector: &Selector<'a>,
    classes: &[usize],
    workloads: &Workloads<'a>,
) -> Option<NearMiss<'a>> {
    if classes.len() > MAX_CLASSES || !selector.is_known() {
        return None;
    }
    classes.iter().find_map(|class| {
        let labels = &workloads.classes[*class].labels;
        let LabelMiss { wanted, wanted_span, found } = label_miss(selector, labels)?;
        Some(NearMiss { class: *class, wanted, wanted_span, found })
    })
}

/// The one label in which an object differs from what a selector asks for.
#[derive(Clone, Copy, Debug)]
pub struct LabelMiss<'a> {
    /// What the selector asks for, and where.
    pub wanted: (&'a str, &'a str),
    pub wanted_span: Option<Span>,
    /// What the object has instead.
    pub found: (&'a str, &'a str),
}

/// Whether labels are all that a selector asks for but one, and this one misspelt, or its value
/// under another key.
pub fn label_miss<'a>(selector: &Selector<'a>, labels: &Labels<'a>) -> Option<LabelMiss<'a>> {
    let mut failing =
        selector.requirements.iter().filter(|requirement| !requirement.holds_for(labels).is_yes());
    let requirement = failing.next()?;
    let Operator::In(values) = &requirement.operator else { return None };
    let ([value], None) = (values.as_slice(), failing.next()) else { return None };
    let found = match labels.get(requirement.key) {
        LabelValue::Is(other) if is_slip(value, other) => (requirement.key, other),
        LabelValue::Absent => labels.known().find(|(key, other)| {
            other == value
                && (selector.required_value(key).is_none() || is_slip(key, requirement.key))
        })?,
        _ => return None,
    };
    let wanted = (requirement.key, *value);
    Some(LabelMiss { wanted, wanted_span: requirement.span, found })
}

/// Words that stand for each other's opposite, and differ in two letters at most.
const PAIRS: [[&str; 2]; 4] =
    [["external", "internal"], ["ext", "int"], ["ro", "rw"], ["in", "out"]];

/// Whether one word is the other one misspelt. `db1` and `db2` are two names, not one, as are
/// `web-a` and `web-b`, and `gateway-internal` and `gateway-external`.
pub fn is_slip(one: &str, other: &str) -> bool {
    let letters = |word: &str| word.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let limit = (one.len().min(other.len()) / 4).min(2);
    one != other
        && letters(one) != letters(other)
        && strsim::damerau_levenshtein(one, other) <= limit
        && !differ_by_one_of_a_pair(one, other)
}

fn differ_by_one_of_a_pair(one: &str, other: &str) -> bool {
    let parts = |name: &'_ str| name.split(['-', '.', '_']).map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (parts(one), parts(other));
    if one.len() != other.len() {
        return false;
    }
    let mut differing = one.iter().zip(&other).filter(|(one, other)| one != other);
    let (Some((one, other)), None) = (differing.next(), differing.next()) else { return false };
    let mut pair = [one.as_str(), other.as_str()];
    pair.sort_unstable();
    PAIRS.contains(&pair) || pair.iter().all(|part| part.len() == 1)
}

/// Where a workload writes a label of its pods.
pub fn label_span(workload: &Workload<'_>, key: &str) -> Option<Span> {
    workload.spec.pod_metadata.labels.value()?.get(key).and_then(Field::span)
}

/// Whether some class has a label with each of the keys that a selector asks for.
pub fn keys_are_in_use(
    selector: &Selector<'_>,
    classes: &[usize],
    workloads: &Workloads<'_>,
) -> bool {
    classes.len() <= MAX_CLASSES
        && selector.requirements.iter().all(|requirement| {
            let has = |class: &usize| {
                matches!(workloads.classes[*class].labels.get(requirement.key), LabelValue::Is(_))
            };
            classes.iter().any(has)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_purpose_are_no_slips() {
        for (one, other, expected) in [
            ("order", "orders", true),
            ("frontend", "fronted", true),
            ("db1", "db2", false),
            ("web-a", "web-b", false),
            ("gateway-internal", "gateway-external", false),
            ("orders-db-ro", "orders-db-rw", false),
        ] {
            assert_eq!(is_slip(one, other), expected, "{one} {other}");
        }
    }
}
