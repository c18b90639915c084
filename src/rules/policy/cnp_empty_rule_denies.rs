//! `cnp-empty-rule-denies`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::plugin_policies::CiliumRule;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-empty-rule-denies.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.cilium_policies() {
        if says_deny(policy.object.name()) {
            continue;
        }
        for (list, direction) in
            [(&policy.spec.ingress, "ingress"), (&policy.spec.egress, "egress")]
        {
            // Beside other rules an empty one does nothing.
            let [Field::Known(rule)] = list.items() else { continue };
            if !is_empty(&rule.value) {
                continue;
            }
            let message = format!(
                "an empty rule lets nothing through: it denies all {direction} of the pods"
            );
            findings.add(
                Diagnostic::info(rule.span.label(""), message).help(
                    "to allow everything, write `fromEntities: [all]` or `toEntities: [all]`",
                ),
            );
        }
    }
}

fn says_deny(name: &str) -> bool {
    ["deny", "block", "isolate", "lock", "drop"].iter().any(|word| name.contains(word))
}

fn is_empty(rule: &CiliumRule) -> bool {
    rule.peer_kinds().is_empty()
        && rule.endpoints.is_absent()
        && rule.entities.is_absent()
        && rule.cidrs.is_absent()
        && rule.cidr_sets.is_absent()
        && rule.fqdns.is_absent()
        && rule.requires.is_absent()
        && rule.to_ports.is_absent()
        && rule.icmps.is_absent()
}
