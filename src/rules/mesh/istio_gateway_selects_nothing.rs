//! `istio-gateway-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::Selector;
use crate::model::near_miss::{label_span, near_miss};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-gateway-selects-nothing.md"),
    check: Check::Network(check),
};

/// Labels of the gateways that Istio itself installs, mostly from outside of the files.
const INSTALLED: [&str; 4] =
    ["ingressgateway", "egressgateway", "istio-ingressgateway", "istio-egressgateway"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let workloads = &network.workloads;
    let classes: Vec<usize> = (0..workloads.classes.len()).collect();
    for gateway in &network.mesh.gateways {
        let selector = Selector::of_labels(&gateway.spec.selector);
        let installed = selector.requirements.iter().any(|requirement| {
            selector.required_value(requirement.key).is_some_and(|value| INSTALLED.contains(&value))
        });
        if installed || !network.classes_of(&Selector::default(), &selector).is_empty() {
            continue;
        }
        let Some(near) = near_miss(&selector, &classes, workloads) else { continue };
        let place = near.wanted_span.or_else(|| gateway.spec.selector.span());
        let (Some(place), Some(workload)) = (place, workloads.members(near.class).next()) else {
            continue;
        };
        let (key, value) = near.wanted;
        let message =
            format!("Gateway `{}` is for no pod: none has `{key}: {value}`", gateway.object.name());
        let (key, value) = near.found;
        let text = format!("pods of `{}` have `{key}: {value}`", workload.title());
        findings.add(
            Diagnostic::warning(place.label(""), message)
                .related_all(label_span(workload, key).map(|span| span.label(text)))
                .help(
                    "nothing listens for a Gateway without pods; select those that are to serve it",
                ),
        );
    }
}
