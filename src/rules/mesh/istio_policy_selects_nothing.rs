//! `istio-policy-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::PolicySelector;
use crate::model::mesh::mutual_tls::selector;
use crate::model::namespaces::fold;
use crate::model::near_miss::{label_span, near_miss};
use crate::model::{Field, Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-policy-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mesh = &network.mesh;
    for item in &mesh.peer_authentications {
        findings.extend(look_at(network, item.object, &item.spec.selector));
    }
    for item in &mesh.authorization_policies {
        findings.extend(look_at(network, item.object, &item.spec.selector));
    }
    for item in &mesh.sidecars {
        findings.extend(look_at(network, item.object, &item.spec.workload_selector));
    }
}

fn look_at(
    network: &Network<'_>,
    object: Object<'_>,
    field: &Field<PolicySelector>,
) -> Option<Diagnostic> {
    let selector = selector(field)?;
    let workloads = &network.workloads;
    // Those of the root namespace are for all namespaces.
    let is_of_mesh =
        network.mesh.root_namespace.is_none_or(|root| root == fold(object.namespace()));
    if is_of_mesh || !workloads.select(object.namespace(), &selector).is_empty() {
        return None;
    }
    let near = near_miss(&selector, workloads.around(object), workloads)?;
    let workload = workloads.members(near.class).next()?;
    let (key, value) = near.wanted;
    let message =
        format!("{} `{}` is for no pod: none has `{key}: {value}`", object.kind(), object.name());
    let (key, value) = near.found;
    let text = format!("pods of `{}` have `{key}: {value}`", workload.title());
    Some(
        Diagnostic::warning(near.wanted_span?.label(""), message)
            .related_all(label_span(workload, key).map(|span| span.label(text)))
            .help("without pods it changes nothing; select them by labels that they have"),
    )
}
