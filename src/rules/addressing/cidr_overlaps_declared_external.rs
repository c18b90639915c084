//! `cidr-overlaps-declared-external`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::group::collisions;
use crate::model::addresses::{Known, Role};
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cidr-overlaps-declared-external.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let reserved: Vec<_> = plan.of(Role::Reserved).collect();
    let roles = |pods: &[Role]| -> Vec<_> {
        plan.ranges.iter().filter(|range| pods.contains(&range.role())).collect()
    };
    let sides = [
        roles(&[Role::Pod, Role::IpPool, Role::CniSubnet]),
        roles(&[Role::Service]),
        roles(&[Role::LoadBalancer]),
    ];
    for side in sides {
        for collision in collisions(&side, &reserved) {
            let (range, reserved) = (collision.left[0], collision.right[0]);
            let name = match reserved.name {
                Some(name) if !name.is_empty() => format!(" of `{name}`"),
                _ => String::new(),
            };
            let relation = range.range.relation(reserved.range);
            let message = format!("{} {relation} the {}{name}", range.title(), reserved.title());
            let place = match range.known {
                Known::Written => range.span.label(""),
                Known::Default | Known::Assumed => range.label(),
            };
            findings.add(
                Diagnostic::warning(place, message)
                    .related(reserved.span.label("reserved here"))
                    .related_all(also(&collision.left[1..]))
                    .help("choose a range that is not reserved: what has its addresses there is out of the cluster's reach"),
            );
        }
    }
}
