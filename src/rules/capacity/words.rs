//! What the messages and labels of this category have in common.

use crate::diagnostic::{Label, Place};
use crate::model::capacity::{NodeRanges, Nodes};

/// `1 node`, `64 nodes`, `254 addresses`.
pub fn count(number: u128, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('s') => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// More nodes than there is room for.
#[derive(Clone, Copy)]
pub struct Beyond {
    pub nodes: u64,
    /// They exist; otherwise they are planned.
    pub known: bool,
}

impl Beyond {
    /// `66 are known`.
    pub fn are(self) -> String {
        let verb = if self.nodes == 1 { "is" } else { "are" };
        let how = if self.known { "known" } else { "planned" };
        format!("{} {verb} {how}", self.nodes)
    }
}

/// `None` if there is room for all nodes.
pub fn nodes_beyond(nodes: &Nodes<'_>, room: u128) -> Option<Beyond> {
    if room < u128::from(nodes.known()) {
        return Some(Beyond { nodes: nodes.known(), known: true });
    }
    let planned = nodes.planned?.value;
    (room < u128::from(planned)).then_some(Beyond { nodes: planned, known: false })
}

/// The node that is one too many, or where the plan is written.
pub fn first_without_room(nodes: &Nodes<'_>, room: u128) -> Option<Label> {
    if let Some(node) = u64::try_from(room).ok().and_then(|room| nodes.first_beyond(room)) {
        return Some(node.span.label(format!("node {} of {}", room + 1, nodes.known())));
    }
    let planned = nodes.planned.filter(|planned| room < u128::from(planned.value))?;
    Some(planned.label("nodes that are planned"))
}

/// What a range holds: ``pod range `172.20.64.0/18` holds 64 nodes of /24``.
pub fn holds(ranges: &NodeRanges<'_>) -> String {
    let nodes = count(ranges.nodes(), "node");
    match ranges.more.len() {
        0 => format!("pod range `{}` holds {nodes} of /{}", ranges.pods.range, ranges.mask.length),
        more => format!("{} pod ranges hold {nodes} of /{}", more + 1, ranges.mask.length),
    }
}

/// The pod range, with the mask if that is written nowhere.
pub fn range_label(ranges: &NodeRanges<'_>) -> Label {
    let default = format!("each node gets a /{}, the default", ranges.mask.length);
    ranges.pods.span.label(if ranges.mask.span.is_none() { default } else { String::new() })
}

/// The other ranges, where the mask of nodes is written, and where else the same is.
pub fn mask_and_copies(ranges: &NodeRanges<'_>) -> Vec<Label> {
    let more = ranges.more.iter().map(|pods| pods.span.label("pod range"));
    let mask = ranges.mask.span.map(|span| span.label("the mask of each node"));
    let copies = ranges.repeated.iter().map(|span| span.label("the same range"));
    more.chain(mask).chain(copies).collect()
}

/// Where nodes get their ranges from, for a finding about something else.
pub fn origin(ranges: &NodeRanges<'_>) -> Vec<Label> {
    let text = format!("each node gets a /{} of this", ranges.mask.length);
    let mask = ranges.mask.span.map(|span| span.label("the mask of each node"));
    std::iter::once(ranges.pods.span.label(text)).chain(mask).collect()
}
