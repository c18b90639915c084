//! `cluster-mesh-cidr-overlap`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::AddressRange;
use crate::model::addresses::group::collisions;
use crate::model::joined::Joined;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-mesh-cidr-overlap.md"),
    check: Check::Joined(check),
};

fn check(groups: &[Joined<'_, '_>], findings: &mut Findings<'_>) {
    for group in groups {
        // Each cluster is held against the next ones; groups are small, and written by hand.
        for (index, first) in group.networks.iter().enumerate() {
            for second in &group.networks[index + 1..] {
                overlaps(first, second, findings);
            }
        }
        same_ids(group, findings);
    }
}

fn overlaps(first: &Network<'_>, second: &Network<'_>, findings: &mut Findings<'_>) {
    // What both clusters share is one statement, which need not mean both.
    let own = |network: &Network<'_>, other: &Network<'_>| -> Vec<Span> {
        let others: Vec<Span> = other.addresses.ranges.iter().map(|range| range.span).collect();
        let spans = network.addresses.pod_ranges().into_iter().map(|range| range.span);
        spans.filter(|span| !others.contains(span)).collect()
    };
    let (ours, theirs) = (own(second, first), own(first, second));
    let ranges: Vec<&AddressRange<'_>> = facts(second, &ours);
    let others: Vec<&AddressRange<'_>> = facts(first, &theirs);
    for collision in collisions(&ranges, &others) {
        let (range, other) = (collision.left[0], collision.right[0]);
        let (name, other_name) = (&second.settings.name, &first.settings.name);
        let relation = range.range.relation(other.range);
        let message = format!(
            "{} of the cluster `{name}` {relation} the {} of the cluster `{other_name}`",
            range.title(),
            other.title()
        );
        findings.add(
            Diagnostic::error(range.span.label(""), message)
                .related(other.label())
                .help("give pods of each cluster addresses of their own: across joined clusters, an address has one owner"),
        );
    }
}

fn facts<'n, 'a>(network: &'n Network<'a>, spans: &[Span]) -> Vec<&'n AddressRange<'a>> {
    let ranges = network.addresses.pod_ranges().into_iter();
    ranges.filter(|range| range.is_fact() && spans.contains(&range.span)).collect()
}

/// Cilium tells the clusters of a mesh apart by their numbers.
fn same_ids(group: &Joined<'_, '_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<u32, (&str, Span)> = FxHashMap::default();
    for network in &group.networks {
        let name = network.settings.name.as_str();
        let ids = network.cilium.settings.iter().filter_map(|settings| settings.cluster_id());
        let Some(id) = ids.into_iter().find(|id| id.value != 0) else { continue };
        let (other, span) = *first.entry(id.value).or_insert((name, id.span));
        if span == id.span || other == name {
            continue;
        }
        let message = format!(
            "cluster id {} of the cluster `{name}` is that of the cluster `{other}`, too",
            id.value
        );
        findings.add(
            Diagnostic::error(id.span.label(""), message)
                .related(span.label(format!("cluster `{other}`")))
                .help("give each cluster of a mesh an id of its own, from 1 to 255"),
        );
    }
}
