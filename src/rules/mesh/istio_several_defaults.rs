//! `istio-several-defaults`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::PolicySelector;
use crate::model::mesh::mutual_tls::selector;
use crate::model::namespaces::fold;
use crate::model::{Field, Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-several-defaults.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mesh = &network.mesh;
    let policies = mesh.peer_authentications.iter();
    let policies = policies.map(|item| (item.object, &item.spec.selector));
    let sidecars = mesh.sidecars.iter();
    let sidecars = sidecars.map(|item| (item.object, &item.spec.workload_selector));
    let mut known: BTreeMap<(&str, &str), Object<'_>> = BTreeMap::new();
    for (object, field) in policies.chain(sidecars) {
        if is_for_all(field) != Some(true) {
            continue;
        }
        let namespace = object.namespace();
        let Some(first) = known.get(&(object.kind(), fold(namespace))) else {
            known.insert((object.kind(), fold(namespace)), object);
            continue;
        };
        // The same object in two files is two ways to install it.
        if first.name() == object.name() || !network.are_together(*first, object) {
            continue;
        }
        let place = match object.namespace_name() {
            Some(name) => format!("namespace `{name}`"),
            None => "this namespace".to_owned(),
        };
        let kind = object.kind();
        let message = format!("{kind} `{}` is for all of {place}, too", first.name());
        findings.add(
            Diagnostic::warning(object.resource.name_span().label(""), message)
                .related(first.label("the other one"))
                .help("of several only the oldest counts: keep one, or give the others a selector"),
        );
    }
}

fn is_for_all(field: &Field<PolicySelector>) -> Option<bool> {
    match selector(field) {
        None => Some(true),
        Some(selector) => selector.is_known().then_some(false),
    }
}
