//! `statefulset-service-name`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::labels::Answer;
use crate::model::services::{Service, is_fragment};
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/statefulset-service-name.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let is_set =
            workload.object.kind() == "StatefulSet" && workload.object.resource.group() == "apps";
        let Some(name) = workload.spec.service_name.known() else { continue };
        if !is_set
            || name.value.is_empty()
            || !workload.patches.is_empty()
            || network.patches.may_change(workload.object)
            || network.workloads.classes[workload.class].labels.is_open()
        {
            continue;
        }
        findings.extend(match network.services.get(workload.namespace, &name.value) {
            Some(service) => look_at(network, workload, name, service),
            None => missing(network, workload, name),
        });
    }
}

fn missing(
    network: &Network<'_>,
    workload: &Workload<'_>,
    name: &Spanned<String>,
) -> Option<Diagnostic> {
    let mut services = network.services.of_class(workload.class);
    // One of the same file was written with it.
    let other = services.find(|service| {
        service.object.resource.file == workload.object.resource.file
            && service.namespace == workload.namespace
    })?;
    let title = workload.title();
    let message = format!("no Service `{}` for the pods of `{title}`", name.value);
    Some(
        Diagnostic::warning(name.label(""), message)
            .related(other.object.label("selects its pods"))
            .help("name the headless Service that selects the pods, or write one of this name"),
    )
}

fn look_at(
    network: &Network<'_>,
    workload: &Workload<'_>,
    name: &Spanned<String>,
    service: &Service<'_>,
) -> Option<Diagnostic> {
    let selector = service.selector.as_ref()?;
    if is_fragment(service.spec) || service.is_patched {
        return None;
    }
    let title = workload.title();
    let labels = &network.workloads.classes[workload.class].labels;
    if selector.matches(labels) == Answer::No && selector.is_known() {
        let message = format!("the Service `{}` does not select the pods of `{title}`", name.value);
        let place = service.spec.selector.span();
        return Some(
            Diagnostic::warning(name.label(""), message)
                .related_all(place.map(|place| place.label("what it selects")))
                .help("pods get names below a headless Service that selects them; select them by labels that they have"),
        );
    }
    let has_address = !service.is_headless()
        && !service.spec.cluster_ip.is_unknown()
        && service.kind().is_some_and(|kind| kind != "ExternalName");
    has_address.then(|| {
        let several = workload.spec.replicas.value().is_some_and(|replicas| *replicas > 1);
        let severity = if several { Severity::Warning } else { Severity::Info };
        let message = format!(
            "the Service `{}` is not headless: the pods of `{title}` get no names of their own",
            name.value
        );
        Diagnostic::new(severity, name.label(""), message)
            .related(service.object.label("it has an address of its own"))
            .help("name a Service with `clusterIP: None`; one with an address may stand beside it for clients")
    })
}
