//! `call-missing-port`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::dependencies::{MissingPort, missing_ports};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/call-missing-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for missing in missing_ports(network) {
        findings.add(diagnostic(network, &missing));
    }
}

fn diagnostic(network: &Network<'_>, missing: &MissingPort<'_, '_>) -> Diagnostic {
    let MissingPort { call, port, has } = missing;
    let caller = network.workloads.all[call.caller].object.name();
    let service = call.service.object.name();
    let mut numbers: Vec<u16> = has.iter().filter_map(|view| view.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
    let listens = numbers.join(", ");
    let message = format!(
        "`{caller}` calls `{}:{port}`, and Service `{service}` listens on {listens} only",
        call.name.name
    );
    // A short word with a port in a file may be something else, and a port may be added later.
    let is_sure = call.name.port_is_written
        && !call.name.in_file
        && (call.name.is_url || call.name.name.contains('.'));
    // An overlay may change the Service; nothing is rendered here.
    let may_change = network.objects.iter().any(|object| object.kind() == "Kustomization");
    let severity = if is_sure && !may_change { Severity::Error } else { Severity::Warning };
    let help = match missing.leads_there() {
        Some(number) => format!("call port {number}, which leads to {port} of the pods"),
        None => format!("call a port that the Service has: {listens}"),
    };
    let place = call.service.spec.ports.span().unwrap_or(call.service.object.span());
    Diagnostic::new(severity, call.name.span.label(""), message)
        .related_all(call.alias.map(|alias| alias.object.label("an alias for the Service")))
        .related(place.label(format!("the ports of `{service}`")))
        .help(help)
}
