//! `node-ip-in-pod-cidr`: see the page.

use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::addresses::group::inside;
use crate::model::addresses::{AddressRange, Role};
use crate::rules::addressing::nodes::diagnostic;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/node-ip-in-pod-cidr.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    if plan.pods_share_node_network {
        return;
    }
    let is_used =
        |range: &&AddressRange<'_>| range.pool.is_none_or(|pool| !plan.pools[pool].is_disabled());
    let disabled: Vec<_> = plan.of(Role::IpPool).filter(|range| !is_used(range)).collect();
    let used = plan.pod_ranges();
    for (severity, ranges) in [(Severity::Error, used), (Severity::Warning, disabled)] {
        for inside in inside(plan.of(Role::Node), &ranges) {
            let free = plan.free.for_pods(network.capacity.needed(inside.ranges[0].range));
            let help = match free {
                Some(free) => {
                    format!("give pods a range without nodes in it: `{free}` is free here")
                }
                None => "give pods a range without nodes in it".to_owned(),
            };
            findings.add(diagnostic(&inside, severity).help(help));
        }
    }
}
