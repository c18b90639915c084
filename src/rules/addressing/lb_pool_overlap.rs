//! `lb-pool-overlap`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::model::Network;
use crate::model::addresses::group::{collisions, inside};
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::{AddressRange, Addresses, Balancer, IpRange, Role, Source};
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/lb-pool-overlap.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let pools = pools(plan);
    with_pods(plan, &pools, findings);
    with_services(plan, &pools, findings);
    with_nodes(plan, &pools, findings);
    of_cilium(plan, findings);
}

/// The ranges of pools that addresses are handed out of.
pub fn pools<'p, 'a>(plan: &'p Addresses<'a>) -> Vec<&'p AddressRange<'a>> {
    let active = plan.active_pools().flat_map(|pool| pool.ranges().map(|(_, span)| span));
    let active: FxHashSet<Span> = active.collect();
    let is_active = |range: &&AddressRange<'a>| {
        range.source == Source::LOAD_BALANCER_POOL || active.contains(&range.span)
    };
    plan.of(Role::LoadBalancer).filter(is_active).collect()
}

fn with_pods(plan: &Addresses<'_>, pools: &[&AddressRange<'_>], findings: &mut Findings<'_>) {
    // There, load balancers have addresses of the same network, too.
    if plan.pods_share_node_network {
        return;
    }
    let pods = plan.pod_ranges();
    for collision in collisions(pools, &pods) {
        // Calico's own pools have a rule of theirs.
        if collision.left[0].pool.is_some() && collision.right[0].pool.is_some() {
            continue;
        }
        findings.add(told(&collision.left, &collision.right).help(
            "give the pool addresses that neither pods nor Services have: their traffic never leaves the cluster",
        ));
    }
}

fn with_services(plan: &Addresses<'_>, pools: &[&AddressRange<'_>], findings: &mut Findings<'_>) {
    let is_range = |range: &&AddressRange<'_>| {
        range.source.defines_services() || range.source == Source::SERVICE_CIDR_OBJECT
    };
    let services: Vec<_> = plan.of(Role::Service).filter(is_range).collect();
    for collision in collisions(pools, &services) {
        findings.add(told(&collision.left, &collision.right).help(
            "give the pool addresses outside the service range: every node takes those for its own",
        ));
    }
}

fn told(pools: &[&AddressRange<'_>], others: &[&AddressRange<'_>]) -> Diagnostic {
    let (pool, other) = (pools[0], others[0]);
    let relation = pool.range.relation(other.range);
    let message = format!("{} {relation} the {}", pool.title(), other.title());
    let severity = if other.is_fact() { Severity::Error } else { Severity::Info };
    Diagnostic::new(severity, pool.span.label(""), message)
        .related(other.label())
        .related_all(also(&pools[1..]))
        .related_all(also(&others[1..]))
}

fn with_nodes(plan: &Addresses<'_>, pools: &[&AddressRange<'_>], findings: &mut Findings<'_>) {
    // An API server may be reached by way of a Service, which asks for that address.
    let requested: FxHashSet<IpRange> =
        plan.service_addresses.iter().map(|one| IpRange::single(one.address)).collect();
    let nodes = plan.of(Role::Node).filter(|node| {
        node.source != Source::CONTROL_PLANE_ENDPOINT || !requested.contains(&node.range)
    });
    for inside in inside(nodes, pools) {
        let (pool, first) = (inside.ranges[0], inside.addresses[0]);
        let message = match inside.addresses.len() {
            1 => format!("{} contains the {}", pool.title(), first.title()),
            count => format!(
                "{} contains {count} addresses of nodes, `{}` among them",
                pool.title(),
                first.range
            ),
        };
        findings.add(
            Diagnostic::error(pool.span.label(""), message)
                .related(first.label())
                .related_all(also(&inside.addresses[1..]))
                .help("leave the addresses of machines out of the pool: two would answer for one address"),
        );
    }
}

/// Cilium stops using the younger one of two pools that overlap.
fn of_cilium(plan: &Addresses<'_>, findings: &mut Findings<'_>) {
    let pools = plan.active_pools().filter(|pool| pool.balancer == Balancer::Cilium);
    let mut ranges: Vec<(IpRange, Span, &str)> = pools
        .flat_map(|pool| pool.ranges().map(|(range, span)| (range, span, pool.name)))
        .collect();
    ranges.sort_by_key(|(range, span, name)| (*range, *name, *span));
    // A pool of a base may stand in an overlay once more.
    ranges.dedup_by(|one, two| one.0 == two.0 && one.2 == two.2);
    let plain: Vec<IpRange> = ranges.iter().map(|(range, ..)| *range).collect();
    for (outer, inner) in overlapping_pairs(&plain) {
        let (outer, inner) = (ranges[outer], ranges[inner]);
        if outer.2 == inner.2 {
            continue;
        }
        let (first, second) = if outer.1 < inner.1 { (outer, inner) } else { (inner, outer) };
        let relation = second.0.relation(first.0);
        let message = format!(
            "pool `{}` (`{}`) {relation} the pool `{}` (`{}`)",
            second.2, second.0, first.2, first.0
        );
        let related: Label = first.1.label(format!("pool `{}`", first.2));
        findings.add(
            Diagnostic::error(second.1.label(""), message)
                .related(related)
                .help("Cilium gives no address out of one of the two: let no two pools overlap"),
        );
    }
}
