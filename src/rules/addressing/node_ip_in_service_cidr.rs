//! `node-ip-in-service-cidr`: see the page.

use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::addresses::Role;
use crate::model::addresses::group::inside;
use crate::rules::addressing::nodes::diagnostic;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/node-ip-in-service-cidr.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    for inside in inside(plan.of(Role::Node), &plan.service_ranges()) {
        let free = plan.free.for_services(inside.ranges[0].range);
        let help = match free {
            Some(free) => {
                format!("give Services a range without nodes in it: `{free}` is free here")
            }
            None => "give Services a range without nodes in it".to_owned(),
        };
        findings.add(diagnostic(&inside, Severity::Error).help(help));
    }
}
