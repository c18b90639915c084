//! `calico-blocks-fewer-than-nodes`: see the page.

use super::words::{self, count};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::model::capacity::calico::{self, BlockSupply};
use crate::model::capacity::{Capacity, Ipam};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/calico-blocks-fewer-than-nodes.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if network.capacity.ipam != Ipam::Calico {
        return;
    }
    for family in Family::ALL {
        let supply = calico::supply(&network.addresses, family);
        findings.extend(supply.and_then(|supply| too_few(&supply, &network.capacity)));
    }
}

fn too_few(supply: &BlockSupply<'_, '_>, capacity: &Capacity<'_>) -> Option<Diagnostic> {
    let (first, others) = supply.pools.split_first()?;
    let beyond = words::nodes_beyond(&capacity.nodes, supply.blocks)?;
    let blocks = count(supply.blocks, "block");
    let nodes = match beyond.known {
        true => count(beyond.nodes.into(), "node"),
        false => count(beyond.nodes.into(), "planned node"),
    };
    let message = match others.len() {
        0 => {
            let (range, size) = (first.range(), first.block_size());
            format!("IP pool `{range}` holds {blocks} of /{size} for {nodes}")
        }
        more => format!("{} IP pools hold {blocks} for {nodes}", more + 1),
    };
    let (severity, help) = match capacity.strict_affinity {
        true => (
            Severity::Error,
            "with `strictAffinity` no pod gets an address on a node without a block: add a pool, \
             or make one with smaller blocks",
        ),
        false => (
            Severity::Warning,
            "a node without a block borrows addresses of others, with a route for each: add a \
             pool, or make one with smaller blocks",
        ),
    };
    let sizes = supply.pools.iter().filter_map(|pool| pool.spec.block_size.span());
    Some(
        Diagnostic::new(severity, first.span.label(""), message)
            .related_all(others.iter().map(|pool| pool.span.label("IP pool")))
            .related_all(sizes.map(|span| span.label("size of a block")))
            .related_all(words::first_without_room(&capacity.nodes, supply.blocks))
            .help(help),
    )
}
