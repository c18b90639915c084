//! `netpol-blocks-call`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::dependencies::{BlockedCall, Ground, blocked_calls};
use crate::model::policies::Direction;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-blocks-call.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // Policies that nothing enforces block nothing.
    if network.enforcement.not_enforced().is_some() {
        return;
    }
    for call in blocked_calls(network) {
        findings.add(diagnostic(network, &call));
    }
}

fn diagnostic(network: &Network<'_>, call: &BlockedCall<'_, '_>) -> Diagnostic {
    let caller = &network.workloads.all[call.caller];
    let called = &network.workloads.all[call.called];
    let address = match call.name.port {
        Some(port) => format!("{}:{port}", call.name.name),
        None => call.name.name.clone(),
    };
    let names: Vec<String> = call.policies.iter().map(|policy| policy.name().to_owned()).collect();
    let kind = call.policies[0].kind();
    let who = some_of(&names, "policies");
    let (way, side) = match call.direction {
        Direction::Ingress => ("in", called.title()),
        Direction::Egress => ("out", caller.title()),
    };
    let one = names.len() == 1;
    let verdict = match call.let_through.is_none() {
        true if one => format!("does not let it {way}"),
        true => format!("do not let it {way}"),
        false => format!("let{} only {} {way}", if one { "s" } else { "" }, call.let_through),
    };
    let who = if one { format!("{kind} {who}") } else { who };
    let message = format!("`{}` calls `{address}`, and {who} {verdict}", caller.object.name());
    let (protocol, port) = call.port;
    let help = format!(
        "allow {protocol} {port} between `{}` and `{}` in a policy of each side that isolates them",
        caller.title(),
        called.title()
    );
    let isolated = format!("isolates `{side}` for {}", call.direction.name().to_lowercase());
    let severity = match call.ground {
        Ground::Rules => Severity::Error,
        Ground::DefaultAmongOthers => Severity::Warning,
        Ground::DefaultAlone => Severity::Info,
    };
    Diagnostic::new(severity, call.name.span.label(""), message)
        .related_all(call.policies.iter().take(3).map(|policy| policy.label(isolated.clone())))
        .related(call.service.object.label("the Service that is called"))
        .related(called.object.label(format!("serves it on {protocol} {port}")))
        .help(help)
}
