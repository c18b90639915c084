//! `service-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::{LabelValue, Requirement, Selector};
use crate::model::near_miss::{keys_are_in_use, label_span, near_miss};
use crate::model::services::Service;
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let workloads = &network.workloads;
    for service in &network.services.all {
        let Some(selector) = &service.selector else { continue };
        let classes = workloads.around(service.object);
        if service.is_external_name()
            || !selector.is_known()
            || classes.is_empty()
            || !service.selected.is_empty()
        {
            continue;
        }
        let Some(place) = service.spec.selector.span() else { continue };
        let name = service.object.name();
        if let Some(near) = near_miss(selector, classes, workloads) {
            let (key, value) = near.wanted;
            let message = format!("Service `{name}` selects no pod: none has `{key}: {value}`");
            let place = near.wanted_span.unwrap_or(place);
            let label = workloads.members(near.class).next().and_then(|workload| {
                let (key, value) = near.found;
                let text = format!("pods of `{}` have `{key}: {value}`", workload.title());
                Some(label_span(workload, key)?.label(text))
            });
            findings.add(
                Diagnostic::warning(place.label(""), message)
                    .related_all(label)
                    .help("a Service without pods refuses every connection; select the pods by labels that they have"),
            );
        } else if let Some(workload) = namesake(network, service) {
            let message =
                format!("Service `{name}` selects no pod, and not those of `{}`", workload.title());
            findings.add(
                Diagnostic::warning(place.label(""), message)
                    .related_all(workload.spec.pod_metadata.labels.span().map(|span| {
                        span.label("the labels of its pods")
                    }))
                    .help("a Service without pods refuses every connection; select the pods by labels that they have"),
            );
        } else if keys_are_in_use(selector, classes, workloads) && !is_elsewhere(network, selector)
        {
            let why = why(network, selector, classes);
            let message = format!("Service `{name}` selects no pod in view: {why}");
            findings.add(Diagnostic::info(place.label(""), message));
        }
    }
}

/// The label that no pod has, or that no pod has all of them.
fn why(network: &Network<'_>, selector: &Selector<'_>, classes: &[usize]) -> String {
    let is_met = |requirement: &&Requirement<'_>| {
        let labels = |class: &usize| &network.workloads.classes[*class].labels;
        classes.iter().any(|class| requirement.holds_for(labels(class)).is_yes())
    };
    let unmet = selector.requirements.iter().find(|requirement| !is_met(requirement));
    let label = unmet.and_then(|unmet| Some((unmet.key, selector.required_value(unmet.key)?)));
    match label {
        Some((key, value)) => format!("none has `{key}: {value}`"),
        None => format!("none has all {} labels", selector.requirements.len()),
    }
}

/// The workload that a Service was most likely meant for, because it has the same name. Labels
/// that are missing from pods may come at run time, as `role: primary` does; others do not change.
fn namesake<'n, 'a>(network: &'n Network<'a>, service: &Service<'a>) -> Option<&'n Workload<'a>> {
    let selector = service.selector.as_ref()?;
    let classes = network.workloads.around(service.object).iter();
    let mut workloads = classes.flat_map(|class| network.workloads.members(*class));
    workloads.find(|workload| {
        let labels = &network.workloads.classes[workload.class].labels;
        let contradicts = |requirement: &Requirement<'_>| {
            matches!(labels.get(requirement.key), LabelValue::Is(_))
                && !requirement.holds_for(labels).is_yes()
        };
        let nothing_holds = || {
            !selector.requirements.iter().any(|requirement| requirement.holds_for(labels).is_yes())
        };
        workload.object.name() == service.object.name()
            && workload.patches.is_empty()
            && (selector.requirements.iter().any(contradicts) || nothing_holds())
    })
}

/// Whether pods of another namespace have the labels: then there are more such pods than these.
fn is_elsewhere(network: &Network<'_>, selector: &Selector<'_>) -> bool {
    !network.classes_of(&Selector::default(), selector).is_empty()
}
