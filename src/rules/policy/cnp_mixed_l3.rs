//! `cnp-mixed-l3`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::plugin_policies::CiliumRule;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-mixed-l3.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.cilium_policies() {
        let spec = policy.spec;
        for (list, way) in [
            (&spec.ingress, "from"),
            (&spec.ingress_deny, "from"),
            (&spec.egress, "to"),
            (&spec.egress_deny, "to"),
        ] {
            for rule in list.items().iter().filter_map(Field::value) {
                check_rule(rule, way, findings);
            }
        }
    }
}

fn check_rule(rule: &CiliumRule, way: &str, findings: &mut Findings<'_>) {
    let kinds = rule.peer_kinds();
    let [(first, first_span), .., (second, second_span)] = &kinds[..] else { return };
    // Ranges and sets of ranges go together.
    if kinds.iter().all(|(name, _)| matches!(*name, "CIDR" | "CIDRSet")) {
        return;
    }
    let message = format!("`{way}{second}` and `{way}{first}` do not go together in one rule");
    findings.add(
        Diagnostic::error(second_span.label(""), message)
            .related(first_span.label(format!("`{way}{first}`")))
            .help("write a rule for each: rules add to each other"),
    );
}
