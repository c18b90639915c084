//! `nad-reference-missing`: see the page.

use std::collections::BTreeMap;

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
    let mut attachments: BTreeMap<&str, Vec<Object<'_>>> = BTreeMap::new();
    for attachment in network.objects.iter().filter(is_attachment) {
        attachments.entry(attachment.name()).or_default().push(*attachment);
    }
    // Where none is in view, they all are elsewhere; a template may give one any name.
    if attachments.is_empty() || attachments.contains_key("") {
        return;
    }
    for workload in &network.workloads.all {
        missing(workload, &attachments, findings);
    }
}

/// Of many objects with a name, as many as a person looks at.
const SHOWN: usize = 5;

fn missing(
    workload: &Workload<'_>,
    attachments: &BTreeMap<&str, Vec<Object<'_>>>,
    findings: &mut Findings<'_>,
) {
    let Some(networks) = &workload.spec.networks else { return };
    for network in &networks.networks {
        let namespace = network.namespace.as_deref().unwrap_or(workload.namespace);
        let same_name = attachments.get(network.name.as_str()).map_or(&[][..], Vec::as_slice);
        // Whoever applies a file that leaves its namespace open may put it into any.
        let may_be_it = |other: &Object<'_>| {
            let own = other.namespace();
            !is_known(own) || !is_known(namespace) || fold(own) == fold(namespace)
        };
        if same_name.iter().any(may_be_it) {
            continue;
        }
        let place = if is_known(namespace) { format!(" in `{namespace}`") } else { String::new() };
        let name = &network.name.value;
        let message = format!("no NetworkAttachmentDefinition `{name}`{place} in these files");
        let label = |other: &Object<'_>| {
            let namespace = other.namespace_name().unwrap_or_default();
            other.label(format!("one of that name is in `{namespace}`"))
        };
        findings.add(
            Diagnostic::info(network.name.label(""), message)
                .related_all(same_name.iter().take(SHOWN).map(label))
                .help(
                    "the pod does not start before it exists; name one of another namespace as \
                     `namespace/name`",
                ),
        );
    }
}
