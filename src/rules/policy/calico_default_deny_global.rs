//! `calico-default-deny-global`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-default-deny-global.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.denies_everywhere() {
        let message = format!(
            "GlobalNetworkPolicy `{}` denies traffic of every namespace, `kube-system` and its DNS among them",
            policy.object.name()
        );
        let span = policy.spec.selector.span().unwrap_or(policy.object.resource.name_span());
        findings.add(Diagnostic::warning(span.label(""), message).help(
            "leave out the namespaces of the system with `namespaceSelector`, and allow DNS in the same policy",
        ));
    }
}
