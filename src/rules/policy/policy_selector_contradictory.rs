//! `policy-selector-contradictory`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::{Operator, Requirement, Selector};
use crate::model::policy_cover::contradiction;
use crate::model::policy_rules::PeerKind;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/policy-selector-contradictory.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        look_at(&policy.selector, policy.object.resource.name_span(), findings);
        for rules in [&policy.ingress, &policy.egress] {
            for peer in rules.rules.iter().flat_map(|rule| rule.peers.iter().flatten()) {
                let PeerKind::Pods { namespaces, pods } = &peer.kind else { continue };
                for selector in [namespaces, pods].into_iter().flatten() {
                    look_at(selector, peer.span, findings);
                }
            }
        }
    }
    for policy in network.cilium_policies() {
        let place = policy.object.resource.name_span();
        look_at(&Selector::of_field(&policy.spec.endpoint_selector), place, findings);
        for selector in policy.rules().flat_map(|rule| rule.endpoints.items()) {
            look_at(&Selector::of_field(selector), selector.span().unwrap_or(place), findings);
        }
    }
}

fn look_at(selector: &Selector<'_>, place: Span, findings: &mut Findings<'_>) {
    let Some((one, other)) = contradiction(selector) else { return };
    let message = format!("nothing is {} and {}", said(one), said(other));
    let place = other.span.unwrap_or(place);
    let label = one.span.map(|span| span.label("the other half"));
    findings.add(
        Diagnostic::warning(place.label(""), message)
            .related_all(label.filter(|label| label.span != place))
            .help("all requirements of a selector must hold together; for alternatives write several values of `In`, or several items of the list"),
    );
}

fn said(requirement: &Requirement<'_>) -> String {
    let key = requirement.key;
    let list = |values: &[&str]| values.join(", ");
    match &requirement.operator {
        Operator::In(values) if values.len() == 1 => format!("`{key}: {}`", values[0]),
        Operator::In(values) => format!("`{key} in ({})`", list(values)),
        Operator::NotIn(values) => format!("`{key} notin ({})`", list(values)),
        Operator::Exists => format!("`{key}`"),
        Operator::DoesNotExist => format!("`!{key}`"),
    }
}
