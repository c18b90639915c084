//! `ingress-open-host`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-open-host.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ingress in &network.ingresses.all {
        for rule in ingress.spec.rules.items().iter().filter_map(Field::known) {
            let (place, which) = match &rule.value.host {
                Field::Absent => (rule.span.label(""), "every host".to_owned()),
                Field::Known(host) if host.value.is_empty() => {
                    (host.label(""), "every host".to_owned())
                }
                Field::Known(host) if host.value.starts_with('*') => {
                    (host.label(""), format!("every host of `{}`", host.value))
                }
                Field::Known(_) | Field::Unknown(_) => continue,
            };
            let message = format!("Ingress `{}` answers for {which}", ingress.object.name());
            findings.add(Diagnostic::info(place, message).help("name the hosts that are meant"));
        }
    }
}
