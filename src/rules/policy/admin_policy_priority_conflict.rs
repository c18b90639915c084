//! `admin-policy-priority-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::rivals::{Contender, rivals};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/admin-policy-priority-conflict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let contenders = network.admin_policies().filter_map(|policy| {
        let priority = policy.spec.priority.known()?;
        // AdminNetworkPolicies are asked apart from those that took their place.
        let tier = format!("{} {}", policy.kind.name(), policy.tier()?);
        let place = Spanned::new(priority.value as f64, priority.span);
        Some(Contender { tier, place, object: policy.object })
    });
    for rivals in rivals(network, contenders.collect()) {
        let (first, second) = (rivals.first, rivals.second);
        let message = format!(
            "`{}` and `{}` have priority {} and do different things to the {} of the same pods: which one decides is undefined",
            second.object.name(),
            first.object.name(),
            rivals.place,
            rivals.direction.field(),
        );
        findings.add(
            Diagnostic::warning(second.span.label(""), message)
                .related(first.span.label("the same priority"))
                .help("give the policy that is to decide the lower number"),
        );
    }
}
