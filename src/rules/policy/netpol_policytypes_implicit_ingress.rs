//! `netpol-policytypes-implicit-ingress`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place, Value};
use crate::model::policies::Direction;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-policytypes-implicit-ingress.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        let spec = policy.spec;
        let types_left_out = match &spec.policy_types {
            Field::Absent => true,
            types => !types.is_unknown() && types.items().is_empty(),
        };
        // Whoever writes `ingress` has thought of it.
        if !types_left_out || !spec.ingress.is_absent() || policy.egress.rules.is_empty() {
            continue;
        }
        let name = policy.object.name();
        let place = policy.rules_span(Direction::Egress);
        let message =
            format!("`{name}` has rules for egress alone, and blocks all ingress as well");
        let mut diagnostic = Diagnostic::warning(place.label(""), message)
            .help("without `policyTypes` a policy always isolates for ingress: write `policyTypes: [Egress]`");
        if let Some(egress) = policy.egress.span {
            let types = vec![Value::from("Egress")];
            let change = match spec.policy_types.span() {
                Some(place) => Change::Replace { place, value: types.into() },
                None => Change::entry(Beside::Before(egress), "policyTypes", types),
            };
            diagnostic = diagnostic.mend(Mend::risky("isolate for egress alone", change));
        }
        findings.add(diagnostic);
    }
}
