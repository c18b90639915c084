//! `metallb-pool-overlap`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::addresses::load_balancers::PoolForm;
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::{Balancer, IpRange, LoadBalancerPool};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/metallb-pool-overlap.md"),
    check: Check::Network(check),
};

/// A range and the pool that has it.
type Owned<'p, 'a> = (IpRange, Span, &'p LoadBalancerPool<'a>);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let pools = &network.addresses.load_balancer_pools;
    // MetalLB reads either objects or the ConfigMap.
    for in_config_map in [false, true] {
        let read = |pool: &&LoadBalancerPool<'_>| {
            pool.balancer == Balancer::MetalLb
                && (pool.form == PoolForm::ConfigMap) == in_config_map
        };
        let pools = pools.iter().filter(read);
        let ranges = pools.flat_map(|pool| pool.ranges().map(move |(r, span)| (r, span, pool)));
        compare(ranges.collect(), findings);
    }
}

fn compare(mut ranges: Vec<Owned<'_, '_>>, findings: &mut Findings<'_>) {
    // A pool of a base may stand in an overlay once more.
    ranges.sort_by_key(|(range, span, pool)| (*range, pool.name, *span));
    ranges.dedup_by(|one, two| one.0 == two.0 && may_be_same(one.2, two.2));
    let plain: Vec<IpRange> = ranges.iter().map(|(range, ..)| *range).collect();
    for (outer, inner) in overlapping_pairs(&plain) {
        let (outer, inner) = (ranges[outer], ranges[inner]);
        if may_be_same(outer.2, inner.2) || are_apart(outer.2, inner.2) {
            continue;
        }
        let (first, second) = if outer.1 < inner.1 { (outer, inner) } else { (inner, outer) };
        let relation = second.0.relation(first.0);
        let same_pool = std::ptr::eq(first.2, second.2);
        let message = match same_pool {
            true => format!(
                "`{}` {relation} `{}` of the same pool `{}`",
                second.0, first.0, first.2.name
            ),
            false => format!(
                "pool `{}` (`{}`) {relation} the pool `{}` (`{}`)",
                second.2.name, second.0, first.2.name, first.0
            ),
        };
        findings.add(
            Diagnostic::error(second.1.label(""), message)
                .related(label(first))
                .help("MetalLB refuses all of its configuration: let no two ranges overlap"),
        );
    }
}

fn label((_, span, pool): Owned<'_, '_>) -> Label {
    span.label(format!("pool `{}`", pool.name))
}

fn may_be_same(one: &LoadBalancerPool<'_>, two: &LoadBalancerPool<'_>) -> bool {
    !std::ptr::eq(one, two) && one.name == two.name
}

/// MetalLB looks at its own namespace alone, and there at one ConfigMap.
fn are_apart(one: &LoadBalancerPool<'_>, two: &LoadBalancerPool<'_>) -> bool {
    if one.form == PoolForm::ConfigMap {
        return !one.object.is(two.object);
    }
    let namespaces = (one.object.namespace_name(), two.object.namespace_name());
    matches!(namespaces, (Some(one), Some(two)) if one != two)
}
