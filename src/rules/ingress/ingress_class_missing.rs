//! `ingress-class-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::ingresses::ClassName;
use crate::model::near_miss::is_slip;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-class-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let ingresses = &network.ingresses;
    if ingresses.classes.is_empty() {
        return;
    }
    for ingress in &ingresses.all {
        // Controllers compare the annotation with a name of their own.
        let ClassName::Field(name) = ingress.class else { continue };
        if ingresses.class(&name.value).is_some() {
            continue;
        }
        let message = format!(
            "no IngressClass `{}` for Ingress `{}` is in view",
            name.value,
            ingress.object.name()
        );
        let mut names = ingresses.classes.iter().map(|class| class.object);
        let near = names.find(|class| is_slip(&name.value, class.name()));
        let severity = if near.is_some() { Severity::Warning } else { Severity::Info };
        let near = near.map(|class| class.label(format!("did you mean `{}`?", class.name())));
        findings.add(
            Diagnostic::new(severity, name.label(""), message)
                .related_all(near)
                .help("no controller takes an Ingress whose class does not exist"),
        );
    }
}
