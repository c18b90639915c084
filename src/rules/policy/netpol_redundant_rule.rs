//! `netpol-redundant-rule`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::policy_cover::{peer_covers, port_covers, rules_cover};
use crate::model::policy_rules::{Rule as PolicyRule, Rules};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-redundant-rule.md"),
    check: Check::Network(check),
};

/// Lists that are longer are made by programs, and comparing all of it costs too much.
const LONGEST: usize = 100;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            if !rules.isolates.is_no() {
                look_at(policy.namespace, rules, findings);
            }
        }
    }
}

fn look_at(own: &str, rules: &Rules<'_>, findings: &mut Findings<'_>) {
    let list = rules.rules.get(..LONGEST.min(rules.rules.len())).unwrap_or_default();
    for (index, rule) in list.iter().enumerate() {
        // What an empty rule makes of the others is told by another rule.
        let says_something =
            |other: &PolicyRule<'_>| other.peers.is_some() || other.ports.is_some();
        let wider = list.iter().enumerate().find(|(number, other)| {
            *number != index
                && says_something(other)
                && rules_cover(own, &[*other], rule)
                && (*number < index || !rules_cover(own, &[rule], other))
        });
        if let Some((_, wider)) = wider {
            let message = "another rule lets all through that this one lets through";
            findings.add(told(rule.span, message, wider.span, "the other rule"));
            continue;
        }
        let peers: Vec<_> = rule.peers.iter().flatten().take(LONGEST).collect();
        if let Some((one, other)) = covered(&peers, |wider, peer| peer_covers(own, wider, peer)) {
            let message = "another peer of the rule covers this one";
            findings.add(told(one.span, message, other.span, "the other peer"));
        }
        let ports: Vec<_> = rule.ports.iter().flatten().take(LONGEST).collect();
        if let Some((one, other)) = covered(&ports, |wider, port| port_covers(wider, port)) {
            let message = "another port of the rule covers this one";
            findings.add(told(one.span, message, other.span, "the other port"));
        }
    }
}

fn told(span: Span, message: &str, other: Span, label: &str) -> Diagnostic {
    let label: Label = other.label(label);
    Diagnostic::info(span.label(""), message)
        .related(label)
        .help("the items of a list are alternatives: take the narrower one away, or write what it was meant to add")
}

/// The first item that another one covers: of two that say the same, the second.
fn covered<'i, T>(items: &[&'i T], covers: impl Fn(&T, &T) -> bool) -> Option<(&'i T, &'i T)> {
    items.iter().enumerate().find_map(|(index, item)| {
        let mut others = items.iter().enumerate();
        let wider = others.find(|(number, other)| {
            *number != index && covers(other, item) && (*number < index || !covers(item, other))
        });
        wider.map(|(_, other)| (*item, *other))
    })
}
