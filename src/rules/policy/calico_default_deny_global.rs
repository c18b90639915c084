//! `calico-default-deny-global`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::plugin_policies::{CalicoPolicyView, Expression, LabelExpression};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-default-deny-global.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let policies: Vec<CalicoPolicyView<'_>> = network.calico_policies().collect();
    // What lets the system's pods through may stand in any other policy for all.
    let lets_through = |policy: &CalicoPolicyView<'_>| policy.is_global && allows(policy);
    if policies.iter().any(lets_through) {
        return;
    }
    for policy in policies.iter().filter(|policy| policy.is_global && is_about_all(policy)) {
        if is_for_hosts(policy) {
            continue;
        }
        let (message, help) = (
            format!(
                "GlobalNetworkPolicy `{}` denies traffic of every namespace, `kube-system` and its DNS among them",
                policy.object.name()
            ),
            "leave out the namespaces of the system with `namespaceSelector`, and allow DNS in the same policy",
        );
        let span = match policy.spec.selector.span() {
            Some(span) => span,
            None => policy.object.resource.name_span(),
        };
        findings.add(Diagnostic::warning(span.label(""), message).help(help));
    }
}

fn allows(policy: &CalicoPolicyView<'_>) -> bool {
    let spec = policy.spec;
    let unknown = spec.ingress.is_unknown() || spec.egress.is_unknown();
    unknown
        || policy.rules().any(|rule| {
            let action = rule.action.value().map(String::as_str);
            !matches!(action, Some("Deny" | "Log"))
        })
}

/// Whether it selects every pod of every namespace.
fn is_about_all(policy: &CalicoPolicyView<'_>) -> bool {
    let all = |field: &Field<LabelExpression>| match field {
        Field::Absent => true,
        Field::Known(expression) => expression.value.parsed == Ok(Expression::All),
        Field::Unknown(_) => false,
    };
    let spec = policy.spec;
    all(&spec.selector)
        && all(&spec.namespace_selector)
        && spec.service_account_selector.is_absent()
}

/// Whether it is about the interfaces of machines alone.
fn is_for_hosts(policy: &CalicoPolicyView<'_>) -> bool {
    let on = |field: &Field<bool>| field.value() == Some(&true);
    let spec = policy.spec;
    on(&spec.do_not_track) || on(&spec.pre_dnat) || on(&spec.apply_on_forward)
}
