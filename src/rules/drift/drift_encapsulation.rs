//! `drift-encapsulation`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::drift::{components, differences, felix};
use crate::rules::drift::words::report;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/drift-encapsulation.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (title, statements) in components::flannel_backends(&network.flannel) {
        for difference in differences(statements) {
            findings.add(report(title, Severity::Error, &difference));
        }
    }
    for one in felix::overrides(&network.objects) {
        let message = format!(
            "`{}` is {} on node `{}`, and {} on all others",
            one.field, one.own.value, one.node, one.common
        );
        findings.add(
            Diagnostic::error(one.own.label(""), message)
                .related(one.common_span.label(format!("{} for all nodes", one.common)))
                .help("both ends of a tunnel need the same: set it in `default` only"),
        );
    }
}
