//! `istio-injection-label-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::injection::{INJECTION_LABEL, REVISION_LABEL};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-injection-label-conflict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for object in network.namespace_objects() {
        let Some(labels) = object.resource.metadata.labels.value() else { continue };
        let label = |key: &str| labels.get(key).and_then(|value| value.known());
        let (Some(injection), Some(revision)) = (label(INJECTION_LABEL), label(REVISION_LABEL))
        else {
            continue;
        };
        let message = format!(
            "namespace `{}` has both `{INJECTION_LABEL}: {}` and `{REVISION_LABEL}: {}`",
            object.name(),
            injection.value,
            revision.value
        );
        findings.add(
            Diagnostic::warning(revision.label(""), message)
                .related(injection.label("decides first"))
                .help(format!(
                    "no control plane promises what becomes of both: remove `{INJECTION_LABEL}` to choose a revision"
                )),
        );
    }
}
