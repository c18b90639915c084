//! `nad-reference-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::namespaces::{fold, is_known};
use crate::model::workloads::Workload;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/nad-reference-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let is_attachment = |object: &&Object<'_>| {
        object.kind() == "NetworkAttachmentDefinition"
            && object.resource.group() == "k8s.cni.cncf.io"
    };
    let attachments: Vec<&Object<'_>> = network.objects.iter().filter(is_attachment).collect();
    // Where none is in view, they all are elsewhere.
    let any_nameless = attachments.iter().any(|attachment| attachment.name().is_empty());
    if attachments.is_empty() || any_nameless {
        return;
    }
    for workload in &network.workloads.all {
        missing(workload, &attachments, findings);
    }
}

fn missing(workload: &Workload<'_>, attachments: &[&Object<'_>], findings: &mut Findings<'_>) {
    let Some(networks) = &workload.spec.networks else { return };
    for network in &networks.networks {
        let namespace = network.namespace.as_deref().unwrap_or(workload.namespace);
        let same_name = || attachments.iter().filter(|other| other.name() == network.name.value);
        // Whoever applies a file that leaves its namespace open may put it into any.
        let may_be_it = |other: &&&Object<'_>| {
            let own = other.namespace();
            !is_known(own) || !is_known(namespace) || fold(own) == fold(namespace)
        };
        if same_name().any(|other| may_be_it(&other)) {
            continue;
        }
        let place = if is_known(namespace) { format!(" in `{namespace}`") } else { String::new() };
        let message = format!(
            "no NetworkAttachmentDefinition `{}`{place} in these files",
            network.name.value
        );
        let mut diagnostic = Diagnostic::info(network.name.label(""), message).help(
            "a pod waits in ContainerCreating until it exists; name one of another namespace as \
             `namespace/name`",
        );
        for other in same_name() {
            let text = match other.namespace_name() {
                Some(namespace) => format!("one of that name is in `{namespace}`"),
                None => "one of that name is here".to_owned(),
            };
            diagnostic = diagnostic.related(other.label(text));
        }
        findings.add(diagnostic);
    }
}
