//! `netpol-egress-rules-without-type`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place};
use crate::model::policies::{Direction, Policy};
use crate::model::policy_rules::Rule as PolicyRule;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-egress-rules-without-type.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for direction in [Direction::Ingress, Direction::Egress] {
            findings.extend(look_at(policy, direction));
        }
    }
}

fn look_at(policy: &Policy<'_>, direction: Direction) -> Option<Diagnostic> {
    let rules = policy.rules(direction);
    // A rule that allows everything does not need the type to allow everything.
    let restricts = |rule: &PolicyRule<'_>| rule.peers.is_some() || rule.ports.is_some();
    if !rules.isolates.is_no() || !rules.rules.iter().any(restricts) {
        return None;
    }
    let mut types = policy.spec.policy_types.items().iter().filter_map(Field::known);
    let last = types.next_back()?;
    let (name, field) = (direction.name(), direction.field());
    let message = format!("the `{field}` rules do nothing: `policyTypes` leaves out `{name}`");
    let change = Change::Item { beside: Beside::Behind(last.span), value: name.into() };
    let mend = Mend::risky(format!("add `{name}` to `policyTypes`"), change);
    let label = policy.spec.policy_types.span().map(|span| span.label(format!("without `{name}`")));
    Some(
        Diagnostic::error(policy.rules_span(direction).label(""), message)
            .related_all(label)
            .help(format!("add `{name}` to `policyTypes`, or take the rules out"))
            .mend(mend),
    )
}
