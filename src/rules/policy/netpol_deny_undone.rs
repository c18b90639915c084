//! `netpol-deny-undone`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::policies::{Direction, Policy};
use crate::model::policy_cover::share_a_namespace;
use crate::model::policy_rules::Rule as PolicyRule;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-deny-undone.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let policies = &network.policies;
    for opening in policies.all.iter().filter(|policy| policy.selector.is_empty()) {
        for direction in [Direction::Ingress, Direction::Egress] {
            let Some(rule) = opens(opening, direction) else { continue };
            let around = policies.selecting_all(opening.namespace).iter();
            let around = around.map(|index| &policies.all[*index]);
            let denies = around
                .filter(|policy| denies(policy, direction) && share_a_namespace(opening, policy));
            let Some(denying) = denies.into_iter().next() else { continue };
            findings.add(diagnostic(opening, denying, direction, rule));
        }
    }
}

/// The rule of a policy that lets everything through in a direction.
fn opens<'p, 'a>(policy: &'p Policy<'a>, direction: Direction) -> Option<&'p PolicyRule<'a>> {
    let side = policy.rules(direction);
    let empty = |rule: &&PolicyRule<'_>| rule.peers.is_none() && rule.ports.is_none();
    side.rules.iter().find(empty).filter(|_| side.isolates.is_yes())
}

/// Whether a policy isolates and lets nothing through.
fn denies(policy: &Policy<'_>, direction: Direction) -> bool {
    let side = policy.rules(direction);
    side.isolates.is_yes() && side.rules.is_empty() && !side.partly_unknown
}

fn diagnostic(
    opening: &Policy<'_>,
    denying: &Policy<'_>,
    direction: Direction,
    rule: &PolicyRule<'_>,
) -> Diagnostic {
    let other = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    // Opening one of two directions may be just what is meant.
    let left = denying.rules(other).isolates.is_yes() && opens(opening, other).is_none();
    let severity = if left { Severity::Info } else { Severity::Warning };
    let way = direction.field();
    let message = format!(
        "this lets all {way} of all pods through, so that `{}` denies none",
        denying.object.name()
    );
    Diagnostic::new(severity, rule.span.label(""), message)
        .related(denying.object.label(format!("isolates every pod for {way}")))
        .help("policies only ever add to each other: what one allows no other one denies")
}
