//! `replicas-exceed-pod-capacity`: see the page.

use super::words::{self, count};
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::model::capacity::{Demand, Ipam, calico};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/replicas-exceed-pod-capacity.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let capacity = &network.capacity;
    let pods = capacity.demand.pods(capacity.nodes.at_least());
    let by_addresses = Family::ALL.into_iter().filter_map(|family| addresses(network, family));
    let supplies = by_addresses.chain(places(network));
    if let Some(supply) = supplies.min_by_key(|supply| supply.amount)
        && supply.amount < u128::from(pods)
    {
        findings.add(too_many(supply, pods, &capacity.demand));
    }
}

/// What limits the number of pods.
struct Supply {
    /// At the most.
    amount: u128,
    /// What it is made of, after the number and how many pods there are.
    noun: &'static str,
    whence: String,
    label: Label,
    related: Vec<Label>,
    remedy: &'static str,
}

/// The addresses that pods can have.
fn addresses(network: &Network<'_>, family: Family) -> Option<Supply> {
    match network.capacity.ipam {
        Ipam::Calico => of_pools(network, family),
        _ => of_node_ranges(network, family),
    }
}

fn of_node_ranges(network: &Network<'_>, family: Family) -> Option<Supply> {
    let capacity = &network.capacity;
    let mut ranges = capacity
        .node_ranges
        .iter()
        .filter(|ranges| ranges.family() == family && capacity.ipam.takes_ranges_of(ranges.cutter));
    let (Some(only), None) = (ranges.next(), ranges.next()) else { return None };
    if only.nodes() == 0 {
        return None;
    }
    let all = u128::from(capacity.nodes.at_least());
    let planned = capacity.nodes.planned.filter(|_| all < only.nodes());
    let nodes = if planned.is_some() { all } else { only.nodes() };
    let (whence, remedy) = match planned {
        Some(_) => (
            format!("{} with a /{} each", count(nodes, "planned node"), only.mask.length),
            "plan for more nodes, or give each of them a larger range",
        ),
        None => (words::holds(only), "widen the pod range before the cluster is made"),
    };
    let mut related = words::mask_and_copies(only);
    related.extend(planned.map(|planned| planned.label("nodes that are planned")));
    Some(Supply {
        amount: nodes.saturating_mul(only.addresses_per_node()),
        noun: "address",
        whence,
        label: words::range_label(only),
        related,
        remedy,
    })
}

fn of_pools(network: &Network<'_>, family: Family) -> Option<Supply> {
    let supply = calico::supply(&network.addresses, family)?;
    let (first, others) = supply.pools.split_first()?;
    let sizes = supply.pools.iter().map(|pool| pool.range().size());
    let amount = sizes.fold(0_u128, |sum, size| sum.saturating_add(size));
    let whence = match others.len() {
        0 => format!("IP pool `{}`", first.range()),
        more => format!("{} IP pools", more + 1),
    };
    Some(Supply {
        amount,
        noun: "address",
        whence,
        label: first.span.label(""),
        related: others.iter().map(|pool| pool.span.label("IP pool")).collect(),
        remedy: "add a pool, or a larger one",
    })
}

/// The pods that the planned nodes run.
fn places(network: &Network<'_>) -> Option<Supply> {
    let capacity = &network.capacity;
    let planned = capacity.nodes.planned?;
    let per_node = capacity.max_pods.iter().max_by_key(|max_pods| max_pods.pods)?;
    let nodes = u128::from(capacity.nodes.at_least());
    Some(Supply {
        amount: nodes.saturating_mul(u128::from(per_node.pods)),
        noun: "place",
        whence: format!(
            "{} that run {} each",
            count(nodes, "node"),
            count(per_node.pods.into(), "pod")
        ),
        label: planned.label(""),
        related: vec![
            per_node.span.label(format!("{} a node", count(per_node.pods.into(), "pod"))),
        ],
        remedy: "plan for more nodes, or for more pods on each",
    })
}

fn too_many(supply: Supply, pods: u64, demand: &Demand<'_>) -> Diagnostic {
    let amount = count(supply.amount, supply.noun);
    let message = format!("{amount} for {}: {}", count(pods.into(), "pod"), supply.whence);
    let largest = demand.counted.iter().take(3).map(|request| {
        let up_to = if request.autoscaled { "up to " } else { "" };
        let (pods, object) = (count(request.pods.into(), "pod"), request.object);
        request.span.label(format!("{up_to}{pods} of {} `{}`", object.kind(), object.name()))
    });
    Diagnostic::warning(supply.label, message)
        .related_all(supply.related)
        .related_all(largest)
        .help(format!("{}, or ask for fewer pods", supply.remedy))
}
