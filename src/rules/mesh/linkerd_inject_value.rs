//! `linkerd-inject-value`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::linkerd::INJECT;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/linkerd-inject-value.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for object in network.namespace_objects() {
        let metadata = &object.resource.metadata;
        findings.extend(metadata.annotation(INJECT).and_then(value));
        let label = metadata.labels.value().and_then(|labels| labels.get(INJECT)?.known());
        if metadata.annotation(INJECT).is_none() {
            findings.extend(label.map(misplaced_label));
        }
    }
    for workload in &network.workloads.all {
        let pods = &workload.spec.pod_metadata;
        findings.extend(pods.annotation(INJECT).and_then(value));
        if pods.annotation(INJECT).is_some() || !workload.patches.is_empty() {
            continue;
        }
        let label = pods.labels.value().and_then(|labels| labels.get(INJECT)?.known());
        findings.extend(label.map(misplaced_label));
        findings.extend(misplaced_annotation(network, workload.object));
    }
}

fn value(value: &Spanned<String>) -> Option<Diagnostic> {
    if matches!(value.as_str(), "enabled" | "disabled" | "ingress" | "") {
        return None;
    }
    let message = format!("`{INJECT}: {}` is none of the values that Linkerd knows", value.value);
    Some(Diagnostic::warning(value.label(""), message).help(
        "no proxy is injected: write `enabled`, or `ingress` for an ingress controller, or `disabled`",
    ))
}

fn misplaced_label(label: &Spanned<String>) -> Diagnostic {
    let message = format!("`{INJECT}` is a label, and Linkerd looks at annotations");
    Diagnostic::warning(label.label(""), message).help("move it to `annotations`")
}

/// On a Deployment it does nothing: it belongs to the pods.
fn misplaced_annotation(network: &Network<'_>, object: Object<'_>) -> Option<Diagnostic> {
    if object.kind() == "Pod" {
        return None;
    }
    let value = object.resource.metadata.annotation(INJECT)?;
    // What the namespace says holds for its pods, and may be the same.
    let of_namespace = network.namespaces.objects(object.namespace()).iter();
    let mut said = of_namespace.filter_map(|object| object.resource.metadata.annotation(INJECT));
    if said.any(|other| other.value == value.value) {
        return None;
    }
    let kind = object.kind();
    let message = format!("`{INJECT}` is an annotation of the {kind}, and not of its pods");
    Some(
        Diagnostic::warning(value.label(""), message)
            .help("move it to `metadata.annotations` of the pod template"),
    )
}
