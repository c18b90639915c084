//! `cluster-cidr-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety, Severity};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Addresses, Duty, Role};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-cidr-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    for range in plan.of(Role::Pod) {
        let others = references(plan, range);
        // What repeats a range may cover several, and must cover all of them.
        let Some(missed) = others.iter().find(|other| !range.range.contains(other.range)) else {
            continue;
        };
        let overlaps = others.iter().any(|other| other.range.overlaps(range.range));
        let (severity, message) = match (overlaps, range.source.duty()) {
            (false, _) => {
                let message =
                    format!("{} has nothing in common with the {}", range.title(), missed.title());
                (Severity::Error, message)
            }
            // A controller manager may well be given a part of the range.
            (true, Duty::Overrides) => continue,
            (true, _) => {
                let message = format!("{} does not cover the {}", range.title(), missed.title());
                (Severity::Warning, message)
            }
        };
        let mut diagnostic = Diagnostic::new(severity, range.span.label(""), message)
            .related(missed.label())
            .help(help(range, missed));
        if range.source.repeats_pods() && missed.source.defines_pods() {
            diagnostic = diagnostic.fix(Fix {
                title: format!("write `{}`", missed.range),
                safety: Safety::Unsafe,
                edits: vec![Edit { span: range.span, text: missed.range.to_string() }],
            });
        }
        findings.add(diagnostic);
    }
}

/// What a statement must agree with: kube-proxy with the range of the cluster, or where nobody
/// says that, with the pools; the controller manager's flag with kubeadm's field.
fn references<'p, 'a>(
    plan: &'p Addresses<'a>,
    range: &AddressRange<'a>,
) -> Vec<&'p AddressRange<'a>> {
    let mut found: Vec<&AddressRange<'_>> = match range.source.duty() {
        Duty::Overrides => plan.with_duty(Role::Pod, Duty::Defines).collect(),
        Duty::Repeats => plan.cluster_pod_ranges(),
        Duty::Defines | Duty::Extends | Duty::Stands => Vec::new(),
    };
    // A flag overrides an installer's field.
    if found.iter().any(|other| other.source.duty() == Duty::Overrides) {
        found.retain(|other| other.source.duty() == Duty::Overrides);
    }
    found.retain(|other| other.range.family() == range.range.family());
    if found.is_empty() && range.source.repeats_pods() {
        found = plan.pod_ranges();
        found.retain(|other| {
            let of_family = other.range.family() == range.range.family();
            let pool = other.pool.map(|pool| &plan.pools[pool]);
            of_family && pool.is_some_and(|pool| !pool.is_on_request())
        });
    }
    found
}

fn help(range: &AddressRange<'_>, missed: &AddressRange<'_>) -> String {
    match range.source.repeats_pods() {
        true => format!("write the range that pods have, `{}`", missed.range),
        false => format!("write `{}` in both places", missed.range),
    }
}
