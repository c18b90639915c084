//! `ingress-default-backend-only`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-default-backend-only.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ingress in &network.ingresses.all {
        let backend = ingress.spec.default_backend.span().or(ingress.spec.backend.span());
        let Some(backend) = backend.filter(|_| ingress.spec.rules.is_absent()) else { continue };
        let message =
            format!("Ingress `{}` has a default backend and no rules", ingress.object.name());
        findings.add(
            Diagnostic::info(backend.label(""), message)
                .help("it gets every request that no other Ingress takes; add rules with hosts, or a Service of type LoadBalancer"),
        );
    }
}
