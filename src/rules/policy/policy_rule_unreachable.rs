//! `policy-rule-unreachable`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::ordered_rules::{OrderedRule, ordered_lists};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/policy-rule-unreachable.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for rules in ordered_lists(network) {
        let mut shadowed = rules.iter().enumerate().filter_map(|(index, rule)| {
            let before = rules[..index].iter().find(|before| before.decides_all_of(rule))?;
            Some((before, rule))
        });
        // What decides one rule mostly decides the rest of the list, too.
        if let Some((before, rule)) = shadowed.next() {
            findings.add(diagnostic(before, rule));
        }
    }
}

fn diagnostic(before: &OrderedRule<'_>, rule: &OrderedRule<'_>) -> Diagnostic {
    let (action, other) = (rule.action, before.action);
    let message = format!("this `{action}` decides nothing: a rule before it decides all of it");
    let severity = if action == other { Severity::Info } else { Severity::Warning };
    Diagnostic::new(severity, rule.span.label(""), message)
        .related(before.span.label(format!("`{other}` for all that the other rule is about")))
        .help("rules are asked in their order, and the first that matches decides: put the narrower one first")
}
