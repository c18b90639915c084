//! `node-subnet-overlaps-pod-or-service`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::group::collisions;
use crate::model::addresses::{AddressRange, Addresses, Role};
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/node-subnet-overlaps-pod-or-service.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let subnets: Vec<_> = plan.of(Role::NodeNetwork).collect();
    let mut pods = plan.pod_ranges();
    if plan.pods_share_node_network {
        pods.clear();
    }
    for side in [pods, plan.service_ranges()] {
        for collision in collisions(&side, &subnets) {
            let (range, subnet) = (collision.left[0], collision.right[0]);
            if has_node_inside(plan, range) {
                // That is told with the node's address.
                continue;
            }
            let relation = range.range.relation(subnet.range);
            let message = format!("{} {relation} the {}", range.title(), subnet.title());
            findings.add(
                Diagnostic::warning(range.span.label(""), message)
                    .related(subnet.label())
                    .related_all(also(&collision.left[1..]))
                    .help("move one of them: a node with an address in both cannot be reached"),
            );
        }
    }
}

fn has_node_inside(plan: &Addresses<'_>, range: &AddressRange<'_>) -> bool {
    plan.of(Role::Node).any(|node| range.range.contains(node.range))
}
