//! `netpol-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::Selector;
use crate::model::near_miss::{keys_are_in_use, label_span, near_miss};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let workloads = &network.workloads;
    for policy in &network.policies.all {
        let selector = &policy.selector;
        let classes = workloads.around(policy.object);
        if selector.is_empty()
            || !selector.is_known()
            || classes.is_empty()
            || policy.selects_any(workloads)
        {
            continue;
        }
        let span = policy.spec.pod_selector.span().unwrap_or(policy.object.resource.name_span());
        let place = policy.spec.keys.span(Some(span)).unwrap_or(span);
        let name = policy.object.name();
        if let Some(near) = near_miss(selector, classes, workloads) {
            let message = format!("`{name}` selects no pod: none has `{}`", pair(near.wanted));
            let place = near.wanted_span.unwrap_or(place);
            let found = workloads.members(near.class).next();
            let label = found.and_then(|workload| {
                let span = label_span(workload, near.found.0)?;
                Some(span.label(format!(
                    "pods of `{}` have `{}`",
                    workload.title(),
                    pair(near.found)
                )))
            });
            findings.add(
                Diagnostic::warning(place.label(""), message)
                    .related_all(label)
                    .help("a policy that selects no pod protects nothing; select the pods by a label that they have"),
            );
            continue;
        }
        let elsewhere = !network.classes_of(&Selector::default(), selector).is_empty();
        if elsewhere || !keys_are_in_use(selector, classes, workloads) {
            continue;
        }
        let count: usize = classes.iter().map(|class| workloads.members(*class).count()).sum();
        let others = match count {
            1 => "the workload of its namespace has".to_owned(),
            count => format!("the {count} workloads of its namespace have"),
        };
        let message = format!("`{name}` selects no pod in view: {others} other labels");
        findings.add(Diagnostic::info(place.label(""), message));
    }
}

fn pair((key, value): (&str, &str)) -> String {
    format!("{key}: {value}")
}
