//! `istio-strict-plaintext-client`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::plaintext::{PlaintextCall, plaintext_calls};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-strict-plaintext-client.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if network.mesh.peer_authentications.is_empty() {
        return;
    }
    for call in plaintext_calls(network) {
        findings.add(diagnostic(network, &call));
    }
}

fn diagnostic(network: &Network<'_>, call: &PlaintextCall<'_, '_>) -> Diagnostic {
    let caller = &network.workloads.all[call.caller];
    let called = &network.workloads.all[call.called];
    let message = format!(
        "`{}` carries no proxy and calls `{}`, which takes mutual TLS alone",
        caller.object.name(),
        call.name.name
    );
    Diagnostic::warning(call.name.span.label(""), message)
        .related(call.without_proxy.label(format!("no proxy: {}", call.reason)))
        .related(call.strict.span.label(format!("for `{}` on port {}", called.title(), call.port)))
        .help("the connection is reset: give the caller a proxy, or let this port be PERMISSIVE by `portLevelMtls`")
}
