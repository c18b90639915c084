//! What the messages and labels of this category have in common.

use crate::diagnostic::{Label, Place};
use crate::model::capacity::{NodeRanges, Nodes};

/// `1 node`, `64 nodes`.
pub fn count(number: u128, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// `1 is`, `64 are`.
fn are(number: u64) -> String {
    match number {
        1 => "1 is".to_owned(),
        _ => format!("{number} are"),
    }
}

/// How many nodes there are to make room for, and how that is known: `66 are known`. `None` if
/// there is room for all.
pub fn nodes_beyond(nodes: &Nodes<'_>, room: u128) -> Option<String> {
    if room < u128::from(nodes.known()) {
        return Some(format!("{} known", are(nodes.known())));
    }
    let planned = nodes.planned?.value;
    (room < u128::from(planned)).then(|| format!("{} planned", are(planned)))
}

/// The node that is one too many, or where the plan is written.
pub fn first_without_room(nodes: &Nodes<'_>, room: u128) -> Option<Label> {
    if let Some(node) = usize::try_from(room).ok().and_then(|room| nodes.named.get(room)) {
        let text = format!("node {} of {}", room + 1, nodes.known());
        return Some(node.span.label(text));
    }
    let planned = nodes.planned.filter(|planned| room < u128::from(planned.value))?;
    Some(planned.label(format!("{} planned", are(planned.value))))
}

/// The pod range, with the mask if that is written nowhere.
pub fn range_label(ranges: &NodeRanges<'_>) -> Label {
    let default = format!("each node gets a /{}, the default", ranges.mask.length);
    ranges.span.label(if ranges.mask.span.is_none() { default } else { String::new() })
}

/// Where the mask of nodes is written, and where else the same range is.
pub fn mask_and_copies(ranges: &NodeRanges<'_>) -> Vec<Label> {
    let mask = ranges.mask.span.map(|span| span.label("the mask of each node"));
    let copies = ranges.repeated.iter().map(|span| span.label("the same range"));
    mask.into_iter().chain(copies).collect()
}
