//! `netpol-without-enforcer`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::enforcement::NotEnforced;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-without-enforcer.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let policies = &network.policies.all;
    let (Some(first), Some((message, place))) = (policies.first(), not_enforced(network)) else {
        return;
    };
    let names: Vec<String> =
        policies.iter().map(|policy| policy.object.name().to_owned()).collect();
    let (who, verb) = (some_of(&names, "policies"), if names.len() == 1 { "has" } else { "have" });
    let message = format!("{who} {verb} no effect: {message}");
    findings.add(
        Diagnostic::warning(first.object.label(""), message)
            .related(place)
            .help("the API takes policies that nothing enforces; add a policy controller, or another network plugin"),
    );
}

/// Why nothing enforces policies, if that is certain.
fn not_enforced(network: &Network<'_>) -> Option<(&'static str, Label)> {
    Some(match network.enforcement.not_enforced()? {
        NotEnforced::FlannelAlone(span) => (
            "Flannel does not enforce policies, and nothing else here does",
            span.label("the only network plugin"),
        ),
        NotEnforced::AwsSwitchedOff(span) => {
            ("the Amazon VPC CNI is told not to enforce policies", span.label("switched off"))
        }
    })
}
