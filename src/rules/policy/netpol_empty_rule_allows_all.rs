//! `netpol-empty-rule-allows-all`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policies::Direction;
use crate::model::policy_rules::Rule as PolicyRule;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-empty-rule-allows-all.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        let name = policy.object.name();
        if name.contains("allow")
            && (name.contains("all") || name.contains("any") || name.contains("default"))
        {
            // `allow` holds `all` itself.
            let rest = name.replace("allow", "");
            if rest.contains("all") || rest.contains("any") || rest.contains("default") {
                continue;
            }
        }
        for rules in [&policy.ingress, &policy.egress] {
            let empty = |rule: &&PolicyRule<'_>| rule.peers.is_none() && rule.ports.is_none();
            let Some(rule) = rules.rules.iter().find(empty) else { continue };
            let what = match rules.direction {
                Direction::Ingress => "from anywhere",
                Direction::Egress => "to anywhere",
            };
            let message = format!("a rule that is empty allows everything {what}");
            let others = rules.rules.len() - 1;
            let mut diagnostic = Diagnostic::info(rule.span.label(""), message)
                .help(format!("to allow nothing, write `{}: []`", rules.direction.field()));
            if others > 0 {
                diagnostic.message += &format!(", whatever the other {}", count(others));
            }
            findings.add(diagnostic);
        }
    }
}

fn count(others: usize) -> String {
    if others == 1 { "rule says".to_owned() } else { format!("{others} rules say") }
}
