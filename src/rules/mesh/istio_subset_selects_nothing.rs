//! `istio-subset-selects-nothing`: see the page.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::labels::{LabelValue, Selector};
use crate::model::mesh::hosts::{HostName, host_name};
use crate::model::mesh::{DestinationRuleSpec, Item, Subset};
use crate::model::near_miss::{label_span, near_miss};
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-subset-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let used = used_subsets(network);
    for rule in &network.mesh.destination_rules {
        let Some(host) = rule.spec.host.value() else { continue };
        let host = host_name(host, rule.object.namespace());
        let HostName::Service { name, namespace } = host else { continue };
        let Some(service) = network.services.get(namespace, name) else { continue };
        // Pods that a ServiceEntry adds have labels of their own.
        let selected = service.selected.iter().all(|(_, selects)| selects.is_yes());
        if service.selected.is_empty()
            || !selected
            || network.mesh.is_patched(service.object)
            || !network.are_together(service.object, rule.object)
            || network.mesh.may_have_entry(host)
        {
            continue;
        }
        for subset in rule.spec.subsets.items() {
            let Some(subset) = subset.value() else { continue };
            let is_used =
                subset.name.value().is_some_and(|name| used.contains(&(host, name.as_str())));
            findings.extend(look_at(network, rule, subset, service, is_used));
        }
    }
}

fn look_at(
    network: &Network<'_>,
    rule: &Item<'_, DestinationRuleSpec>,
    subset: &Subset,
    service: &Service<'_>,
    is_used: bool,
) -> Option<Diagnostic> {
    let name = subset.name.known()?;
    let selector = Selector::of_labels(&subset.labels);
    if selector.is_empty() || !selector.is_known() || selector_of_nodes(&selector) {
        return None;
    }
    let classes: Vec<usize> = service.selected.iter().map(|(class, _)| *class).collect();
    let workloads = &network.workloads;
    let may_match = |class: &usize| !selector.matches(&workloads.classes[*class].labels).is_no();
    if classes.iter().any(may_match) {
        return None;
    }
    let who = service.object.name();
    let message = format!(
        "subset `{}` of `{}` has no pod of Service `{who}`",
        name.value,
        rule.object.name()
    );
    let missing = selector.requirements.iter().find(|requirement| {
        let labels = |class: &usize| workloads.classes[*class].labels.get(requirement.key);
        classes.iter().all(|class| labels(class) == LabelValue::Absent)
    });
    let near = near_miss(&selector, &classes, workloads);
    let place = near.as_ref().and_then(|near| near.wanted_span);
    let place = place.or_else(|| missing?.span).or_else(|| subset.labels.span())?;
    let class = near.as_ref().map_or(classes[0], |near| near.class);
    let workload = workloads.members(class).next()?;
    let label = match (&near, missing) {
        (Some(near), _) => {
            let (key, value) = near.found;
            let text = format!("its pods have `{key}: {value}`");
            label_span(workload, key).map(|span| span.label(text))
        }
        (None, Some(missing)) => {
            let text =
                format!("the pods of `{}` have no label `{}`", workload.title(), missing.key);
            Some(workload.object.label(text))
        }
        (None, None) => Some(workload.object.label("the pods of this one are others")),
    };
    // Another version may be deployed from elsewhere, and an overlay may add labels.
    let overlaid = network.objects.iter().any(|object| object.kind() == "Kustomization");
    let severity = match (near.is_some(), missing.is_some() && !overlaid) {
        (true, _) => Severity::Warning,
        (false, true) if is_used => Severity::Warning,
        _ => Severity::Info,
    };
    Some(
        Diagnostic::new(severity, place.label(""), message)
            .related_all(label)
            .help("requests to a subset without pods are answered with 503: give the pods these labels, or name labels that they have"),
    )
}

/// Labels that endpoints have from their nodes, or from the mesh.
fn selector_of_nodes(selector: &Selector<'_>) -> bool {
    selector.requirements.iter().any(|requirement| {
        let domain = requirement.key.split_once('/').map_or("", |(domain, _)| domain);
        domain.ends_with("kubernetes.io") || domain.ends_with("istio.io")
    })
}

/// The subsets that routes in view lead to.
fn used_subsets<'n>(network: &'n Network<'_>) -> HashSet<(HostName<'n>, &'n str)> {
    let targets = network.mesh.virtual_services.iter().flat_map(|it| it.targets());
    let used = targets
        .filter(|target| !target.is_idle)
        .filter_map(|target| Some((target.name, target.destination.subset.value()?.as_str())));
    used.collect()
}
