//! `overlapping-pools`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::{IpPool, IpRange};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/overlapping-pools.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut pools: Vec<&IpPool<'_>> = network.addresses.pools.iter().collect();
    // One pool may be stated by an IPPool, by the Installation that makes it, and by the
    // environment of calico-node.
    pools.sort_by_key(|pool| (pool.range(), pool.span));
    pools.dedup_by(|pool, earlier| pool.range() == earlier.range() && may_be_same(pool, earlier));
    let ranges: Vec<IpRange> = pools.iter().map(|pool| pool.range()).collect();
    for (outer, inner) in overlapping_pairs(&ranges) {
        let (outer, inner) = (pools[outer], pools[inner]);
        if has_same_name(outer, inner) {
            continue;
        }
        // The second of two is the one that is refused.
        let (first, second) = if outer.span < inner.span { (outer, inner) } else { (inner, outer) };
        let relation = second.range().relation(first.range());
        let message = format!("IP pool {} {relation} the IP pool {}", title(second), title(first));
        findings.add(
            Diagnostic::error(second.span.label(""), message)
                .related(label(first))
                .help("give each pool a range of its own: Calico takes one of the two only, even while the other is disabled"),
        );
    }
}

fn may_be_same(pool: &IpPool<'_>, other: &IpPool<'_>) -> bool {
    pool.origin != other.origin || has_same_name(pool, other)
}

fn has_same_name(pool: &IpPool<'_>, other: &IpPool<'_>) -> bool {
    pool.name.is_some() && pool.name == other.name
}

fn title(pool: &IpPool<'_>) -> String {
    match pool.name {
        Some(name) => format!("`{name}` (`{}`)", pool.range()),
        None => format!("`{}`", pool.range()),
    }
}

fn label(pool: &IpPool<'_>) -> Label {
    match pool.name {
        Some(name) => pool.span.label(format!("IP pool `{name}`")),
        None => pool.span.label("the other pool"),
    }
}
