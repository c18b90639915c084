//! `gateway-class-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::near_miss::is_slip;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/gateway-class-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let gateways = &network.gateways;
    for gateway in &gateways.all {
        let Some(name) = gateway.spec.and_then(|spec| spec.gateway_class_name.known()) else {
            continue;
        };
        let mut classes = gateways.classes.iter();
        if gateways.classes.is_empty() || classes.clone().any(|class| class.name() == name.value) {
            continue;
        }
        let near = classes.find(|class| is_slip(&name.value, class.name()));
        // Most implementations bring a class of their own.
        let severity = if near.is_some() { Severity::Warning } else { Severity::Info };
        let message = format!(
            "no GatewayClass `{}` for Gateway `{}` is in view",
            name.value,
            gateway.object.name()
        );
        let near = near.map(|class| class.label(format!("did you mean `{}`?", class.name())));
        findings.add(
            Diagnostic::new(severity, name.label(""), message)
                .related_all(near)
                .help("no controller takes a Gateway whose class does not exist"),
        );
    }
}
