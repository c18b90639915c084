//! `netpol-one-sided`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::dependencies::{Called, blocked_calls};
use crate::model::one_sided::{OneSided, one_sided_rules};
use crate::model::policies::Direction;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-one-sided.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // Policies that nothing enforces block nothing.
    if network.enforcement.not_enforced().is_some() {
        return;
    }
    let rules = one_sided_rules(network);
    if rules.is_empty() {
        return;
    }
    // What is called, and blocked for it, is told where it is called.
    let class = |workload: usize| network.workloads.all[workload].class;
    let calls = blocked_calls(network).into_iter().filter_map(|blocked| match blocked.called {
        Called::Workload(called) => Some((class(blocked.call.caller), class(called))),
        Called::Address(..) => None,
    });
    let calls: FxHashSet<(usize, usize)> = calls.collect();
    for rule in rules {
        let pair = match rule.direction {
            Direction::Egress => (rule.near, rule.far),
            Direction::Ingress => (rule.far, rule.near),
        };
        if !calls.contains(&(class(pair.0), class(pair.1))) {
            findings.add(diagnostic(network, &rule));
        }
    }
}

fn diagnostic(network: &Network<'_>, rule: &OneSided<'_>) -> Diagnostic {
    let title = |workload: usize| network.workloads.all[workload].title();
    let (near, far) = (title(rule.near), title(rule.far));
    let names: Vec<String> = rule.policies.iter().map(|policy| policy.name().to_owned()).collect();
    let who = some_of(&names, "policies");
    let not = if names.len() == 1 { "does not" } else { "do not" };
    let traffic = match rule.traffic.is_all() {
        true => String::new(),
        false => format!(": {}", rule.traffic),
    };
    let (message, side) = match rule.direction {
        Direction::Egress => (
            format!("this lets `{near}` send to `{far}`, and {who} {not} let it in{traffic}"),
            "ingress",
        ),
        Direction::Ingress => (
            format!("this lets `{far}` in to `{near}`, and {who} {not} let it out{traffic}"),
            "egress",
        ),
    };
    let severity = if rule.by_rules { Severity::Warning } else { Severity::Info };
    let label = format!("isolates `{far}` for {side}");
    Diagnostic::new(severity, rule.span.label(""), message)
        .related_all(rule.policies.iter().take(3).map(|policy| policy.label(label.clone())))
        .help(format!("a connection needs both sides: add a rule for {side} to a policy of `{far}`, or take this one away"))
}
