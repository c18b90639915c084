//! `namespace-without-default-deny`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::isolation::{Coverage, coverage};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/namespace-without-default-deny.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for of_namespace in coverage(network) {
        if !of_namespace.default_ingress {
            findings.extend(diagnostic(network, &of_namespace));
        }
    }
}

fn diagnostic(network: &Network<'_>, coverage: &Coverage<'_>) -> Option<Diagnostic> {
    let workloads = coverage.workloads.iter().map(|workload| &network.workloads.all[*workload]);
    let titles: Vec<String> = workloads.clone().map(|workload| workload.title()).collect();
    let first = workloads.clone().next()?;
    let defined = network.namespaces.objects(coverage.namespace).first();
    let place = defined.copied().unwrap_or(first.object);
    let whose = match first.object.namespace_name() {
        Some(name) => format!("namespace `{name}`"),
        None => format!("the namespace of {}", some_of(&titles, "workloads")),
    };
    let pods = match coverage.is_isolated.iter().any(|(ingress, _)| *ingress) {
        true => "all pods",
        false => "any pod",
    };
    let message = format!("no policy isolates {pods} of {whose} for ingress");
    Some(
        Diagnostic::info(place.resource.name_span().label(""), message)
            .help("a NetworkPolicy with `podSelector: {}` and `policyTypes: [Ingress]` denies what no other policy allows, to pods that come later, too"),
    )
}
