//! `ingress-backend-blocked`: see the page.

use super::backends::title;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::blocked_backends::{BlockedBackend, blocked_backends};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-backend-blocked.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // Policies that nothing enforces block nothing.
    if network.enforcement.not_enforced().is_some() {
        return;
    }
    for blocked in blocked_backends(network) {
        findings.add(diagnostic(&blocked));
    }
}

fn diagnostic(blocked: &BlockedBackend<'_, '_>) -> Diagnostic {
    let (protocol, port) = blocked.port;
    let workload = blocked.workload;
    let names: Vec<String> = blocked.policies.iter().map(|it| it.name().to_owned()).collect();
    let let_in = match (blocked.has_rules, names.len()) {
        (true, 1) => "lets in only pods of its own namespace",
        (true, _) => "let in only pods of their own namespace",
        (false, 1) => "lets nothing in",
        (false, _) => "let nothing in",
    };
    let message = format!(
        "{} leads to `{}` on {protocol} {port}, and NetworkPolicy {} {let_in}",
        title(blocked.route),
        workload.title(),
        some_of(&names, "policies")
    );
    // What lets the controller in may stand elsewhere.
    let severity = if blocked.has_rules { Severity::Warning } else { Severity::Info };
    let policies = blocked.policies.iter().take(3).map(|policy| policy.label("isolates the pods"));
    Diagnostic::new(severity, blocked.backend.service.label(""), message)
        .related_all(policies)
        .related(workload.object.label(format!("serves it on {protocol} {port}")))
        .help(format!("allow {protocol} {port} from the namespace of the controller, or from the nodes where it has their network"))
}
