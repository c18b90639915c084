//! `ingress-class-several-defaults`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::ingresses::IngressClass;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-class-several-defaults.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let classes = &network.ingresses.classes;
    let mut defaults: BTreeMap<&str, &IngressClass<'_>> = BTreeMap::new();
    for class in classes.iter().filter(|class| class.default.is_some()) {
        defaults.entry(class.object.name()).or_insert(class);
    }
    let defaults: Vec<&IngressClass<'_>> = defaults.into_values().collect();
    let [first, others @ ..] = defaults.as_slice() else { return };
    for class in others {
        let (Some(place), Some(of_first)) = (class.default, first.default) else { continue };
        let message = format!(
            "IngressClass `{}` is the default, and so is `{}`",
            class.object.name(),
            first.object.name()
        );
        findings.add(
            Diagnostic::warning(place.label(""), message)
                .related(of_first.label(format!("`{}`", first.object.name())))
                .help("mark one class: with several, Ingresses without a class are refused, or get whichever is newest"),
        );
    }
}
