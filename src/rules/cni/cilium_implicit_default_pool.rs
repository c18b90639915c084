//! `cilium-implicit-default-pool`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Family, IpRange, Known, Role};
use crate::model::cilium::ImplicitPool;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cilium-implicit-default-pool.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let Some(pool) = network.cilium.implicit_pool else { return };
    let is_pool =
        |range: &&AddressRange<'_>| range.known == Known::Assumed && range.span == pool.span;
    let Some(default) = plan.of(Role::IpPool).find(is_pool).map(|range| range.range) else {
        return;
    };
    let mut nodes: Vec<&AddressRange<'_>> =
        plan.of(Role::Node).filter(|node| default.contains(node.range)).collect();
    nodes.sort_by_key(|node| (node.range, node.span));
    nodes.dedup_by_key(|node| node.range);
    let pods = format!("without `{}`, pods get addresses of `{default}`", pool.field);
    let (severity, message) = match nodes[..] {
        [] => (Severity::Info, pods),
        [node] => (Severity::Warning, format!("{pods}, which contains the {}", node.title())),
        [node, ..] => {
            let count = nodes.len();
            let what = format!("{count} node addresses, `{}` among them", node.range);
            (Severity::Warning, format!("{pods}, which contains {what}"))
        }
    };
    findings.add(
        Diagnostic::new(severity, pool.span.label(""), message)
            .related_all(nodes.first().map(|node| node.label()))
            .help(help(network, &pool, default)),
    );
}

fn help(network: &Network<'_>, pool: &ImplicitPool<'_>, default: IpRange) -> String {
    let plan = &network.addresses;
    let of_cluster = plan.cluster_pod_ranges().into_iter().map(|range| range.range);
    let own = of_cluster.into_iter().find(|range| range.family() == Family::V4);
    match own.or_else(|| plan.free.for_pods(default)) {
        Some(range) => format!("set `{}` to a range for pods: `{range}`", pool.field),
        None => format!("set `{}` to a range in which no node is", pool.field),
    }
}
