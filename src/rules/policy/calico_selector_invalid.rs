//! `calico-selector-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-selector-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.calico_policies() {
        for expression in policy.expressions() {
            let Field::Known(written) = expression else { continue };
            let Err(fault) = &written.value.parsed else { continue };
            let text = Spanned::new(written.value.text.clone(), written.span);
            let span = match fault.range.is_empty() {
                true => written.span,
                false => text.part(fault.range.clone()),
            };
            let message = match &text.value[fault.range.clone()] {
                "" => format!("the selector ends where {} belongs", fault.expected),
                found => format!("`{found}` stands where {} belongs", fault.expected),
            };
            findings.add(
                Diagnostic::error(span.label(""), message)
                    .help("write an expression such as `app == \"web\" && has(tier)`"),
            );
        }
    }
}
