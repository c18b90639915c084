//! `netpol-blocks-call`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::dependencies::{BlockedCall, Called, Ground, blocked_calls};
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

fn diagnostic(network: &Network<'_>, blocked: &BlockedCall<'_, '_>) -> Diagnostic {
    let call = &blocked.call;
    let caller = &network.workloads.all[call.caller];
    let address = match call.name.port {
        Some(port) => format!("{}:{port}", call.name.name),
        None => call.name.name.to_owned(),
    };
    let names: Vec<String> =
        blocked.policies.iter().map(|policy| policy.name().to_owned()).collect();
    let kind = blocked.policies[0].kind();
    let who = some_of(&names, "policies");
    let (protocol, port) = blocked.port;
    let (called, place) = match blocked.called {
        Called::Workload(index) => {
            let workload = &network.workloads.all[index];
            let text = format!("serves it on {protocol} {port}");
            (workload.title(), workload.object.label(text))
        }
        Called::Address(address, span) => {
            (address.to_string(), span.label(format!("serves it on {protocol} {port}")))
        }
    };
    let address_of = match blocked.called {
        Called::Address(address, _) => Some(address),
        Called::Workload(_) => None,
    };
    let may_be_a_pod = network.dns.pod_ranges.is_empty() && address_of.is_some_and(is_private);
    let (way, side) = match blocked.direction {
        Direction::Ingress => ("in", called.clone()),
        Direction::Egress => ("out", caller.title()),
    };
    let one = names.len() == 1;
    let verdict = match blocked.let_through.is_none() {
        true if one => format!("does not let it {way}"),
        true => format!("do not let it {way}"),
        false => format!("let{} only {} {way}", if one { "s" } else { "" }, blocked.let_through),
    };
    let who = if one { format!("{kind} {who}") } else { who };
    let message = format!("`{}` calls `{address}`, and {who} {verdict}", caller.object.name());
    let help = match address_of {
        Some(address) => {
            format!("allow egress from `{}` to `{address}`, {protocol} {port}", caller.title())
        }
        None => format!(
            "allow {protocol} {port} between `{}` and `{called}` in a policy of each side that isolates them",
            caller.title(),
        ),
    };
    let isolated = format!("isolates `{side}` for {}", blocked.direction.name().to_lowercase());
    let severity = match blocked.ground {
        // Without the ranges of pods, an address may be that of a pod after all.
        Ground::Rules if may_be_a_pod => Severity::Warning,
        Ground::Rules => Severity::Error,
        Ground::DefaultAmongOthers => Severity::Warning,
        Ground::DefaultAlone => Severity::Info,
    };
    Diagnostic::new(severity, call.name.span.label(""), message)
        .related_all(blocked.policies.iter().take(3).map(|policy| policy.label(isolated.clone())))
        .related_all(call.alias.map(|alias| alias.object.label("an alias for the Service")))
        .related(call.service.object.label("the Service that is called"))
        .related(place)
        .help(help)
}

/// Whether an address is of a range that clusters take for their pods.
fn is_private(address: IpAddr) -> bool {
    match address {
        // Carriers' NAT has 100.64.0.0/10 (RFC 6598), and so have the pods of some clouds.
        IpAddr::V4(v4) => v4.is_private() || (v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}
