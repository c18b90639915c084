//! `cni-host-local-shared-subnet`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-host-local-shared-subnet.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<_, (&AddressRange<'_>, &str)> = FxHashMap::default();
    for subnet in network.addresses.from_source(Source::HOST_LOCAL_SUBNET) {
        let Some(place) = subnet.object.and_then(|object| object.node) else { continue };
        let node = place.name;
        let key = (subnet.range, place.set, place.file);
        let (earlier, other) = *first.entry(key).or_insert((subnet, node));
        if other == node {
            continue;
        }
        let message = format!(
            "node `{node}` hands out addresses of `{}`, and so does node `{other}`",
            subnet.range
        );
        findings.add(
            Diagnostic::error(subnet.span.label(""), message)
                .related(earlier.span.label(format!("subnet of node `{other}`")))
                .help("give each node a subnet of its own: host-local does not ask other nodes"),
        );
    }
}
