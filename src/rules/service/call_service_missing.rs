//! `call-service-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::dependencies::{MissingService, missing_services};
use crate::model::namespaces::is_known;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/call-service-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for missing in missing_services(network) {
        findings.add(diagnostic(network, &missing));
    }
}

fn diagnostic(network: &Network<'_>, missing: &MissingService<'_, '_>) -> Diagnostic {
    let MissingService { name, service, namespace, meant, .. } = missing;
    let caller = network.workloads.all[missing.caller].object.name();
    let whose = match is_known(namespace) {
        true => format!("namespace `{namespace}` has no Service `{service}`"),
        false => format!("its namespace has no Service `{service}`"),
    };
    let address = match name.port {
        Some(port) => format!("{}:{port}", name.name),
        None => name.name.to_owned(),
    };
    let message = format!("`{caller}` calls `{address}`, and {whose}");
    let (label, help) = match missing.is_elsewhere {
        true => {
            let lies_in = meant.object.namespace();
            let label = format!("lies in namespace `{lies_in}`");
            (
                label,
                format!(
                    "names without a namespace are those of the caller's own: call `{service}.{lies_in}`"
                ),
            )
        }
        false => {
            let near = meant.object.name();
            (
                format!("did you mean `{near}`?"),
                format!("call `{near}`, or bring a Service of the name"),
            )
        }
    };
    Diagnostic::warning(name.span.label(""), message).related(meant.object.label(label)).help(help)
}
