//! `netpol-redundant`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::policies::{Direction, Policy};
use crate::model::policy_cover::redundant_policies;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-redundant.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let policies = &network.policies.all;
    for redundant in redundant_policies(&network.policies) {
        let policy = &policies[redundant.policy];
        let by = redundant.by.iter().map(|other| &policies[*other]);
        let names: Vec<String> = by.clone().map(|other| other.object.name().to_owned()).collect();
        let verb = if names.len() == 1 { "says" } else { "say" };
        let message = format!(
            "`{}` changes nothing: {} {verb} all of it",
            policy.object.name(),
            some_of(&names, "policies")
        );
        let labels = by.take(3).map(|other| {
            let text = match selects_everything(other) {
                true => format!("isolates every pod for {}", directions(other)),
                false => format!("isolates the same pods for {}", directions(other)),
            };
            other.object.label(text)
        });
        findings.add(Diagnostic::info(policy.object.label(""), message).related_all(labels).help(
            "policies only ever add to each other: take it away, or narrow the one that is wider",
        ));
    }
}

fn selects_everything(policy: &Policy<'_>) -> bool {
    policy.selector.is_empty()
}

fn directions(policy: &Policy<'_>) -> &'static str {
    let isolates = |direction: Direction| policy.rules(direction).isolates.is_yes();
    match (isolates(Direction::Ingress), isolates(Direction::Egress)) {
        (true, true) => "ingress and egress",
        (false, true) => "egress",
        _ => "ingress",
    }
}
