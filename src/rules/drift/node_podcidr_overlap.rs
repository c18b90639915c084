//! `node-podcidr-overlap`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::overlap::overlapping_pairs;
use crate::model::addresses::{AddressRange, Addresses, IpRange, Role, Source};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/node-podcidr-overlap.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    overlaps(plan, findings);
    if plan.is_complete(Role::Pod) {
        outside(plan, findings);
    }
    for (single, first) in &plan.node_cidr_conflicts {
        let message = format!(
            "`podCIDR` is `{}`, and the first of `podCIDRs` is `{}`",
            single.value, first.value
        );
        findings.add(
            Diagnostic::error(single.label(""), message)
                .related(first.label("first of `podCIDRs`"))
                .help("write the same range in both: the API server refuses the Node otherwise"),
        );
    }
}

fn overlaps(plan: &Addresses<'_>, findings: &mut Findings<'_>) {
    let stated: Vec<(&AddressRange<'_>, Object<'_>)> = plan
        .from_source(Source::NODE_POD_CIDR)
        .filter_map(|range| Some((range, range.object?)))
        .collect();
    let ranges: Vec<IpRange> = stated.iter().map(|(range, _)| range.range).collect();
    for (outer, inner) in overlapping_pairs(&ranges) {
        // In the order of the files, the first one had the range before.
        let (first, second) = (outer.min(inner), outer.max(inner));
        let ((range, node), (other, earlier)) = (stated[second], stated[first]);
        // The same Node may have been exported twice.
        if node.name() == earlier.name() {
            continue;
        }
        let relation = range.range.relation(other.range);
        let message = format!(
            "pod range `{}` of the node `{}` {relation} `{}` of the node `{}`",
            range.range,
            node.name(),
            other.range,
            earlier.name()
        );
        findings.add(
            Diagnostic::error(range.span.label(""), message)
                .related(other.span.label(format!("pod range of the node `{}`", earlier.name())))
                .help("give each node a range of its own: delete the Node that is no more"),
        );
    }
}

/// Nodes with ranges outside the cluster's are one mistake, however many there are.
fn outside(plan: &Addresses<'_>, findings: &mut Findings<'_>) {
    let cluster = plan.cluster_pod_ranges();
    let of_family = |range: IpRange| {
        cluster.iter().filter(move |cluster| cluster.range.family() == range.family())
    };
    let is_outside = |range: &&AddressRange<'_>| {
        of_family(range.range).next().is_some()
            && !of_family(range.range).any(|cluster| cluster.range.contains(range.range))
    };
    let outside: Vec<_> = plan.from_source(Source::NODE_POD_CIDR).filter(is_outside).collect();
    let Some(first) = outside.first() else { return };
    let Some(cluster) = of_family(first.range).next() else { return };
    let node = first.object.map_or("", Object::name);
    let title = cluster.title();
    let message = match outside.len() {
        1 => format!("pod range `{}` of the node `{node}` is not inside the {title}", first.range),
        count => format!(
            "pod ranges of {count} nodes, `{}` of `{node}` among them, are not inside the {title}",
            first.range
        ),
    };
    findings.add(Diagnostic::error(first.span.label(""), message).related(cluster.label()).help(
        "nodes keep the range that they got: join them anew after the cluster's range has changed",
    ));
}
