//! `service-multi-port-unnamed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-multi-port-unnamed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        let ports: Vec<_> = service.ports().collect();
        if ports.len() < 2 || service.is_external_name() {
            continue;
        }
        let name = service.object.name();
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for port in &ports {
            match &port.source.name {
                Field::Absent => {
                    let place = port.source.port.span().unwrap_or(port.span);
                    let message =
                        format!("a port without a name, among {} of Service `{name}`", ports.len());
                    findings.add(
                        Diagnostic::error(place.label(""), message)
                            .help("a Service with several ports needs a name for each"),
                    );
                }
                Field::Known(own) => {
                    let first = seen.iter().find(|(known, _)| *known == own.value);
                    if let Some((_, first)) = first {
                        let message =
                            format!("two ports of Service `{name}` are named `{}`", own.value);
                        findings.add(
                            Diagnostic::error(own.label(""), message)
                                .related(first.label("the first")),
                        );
                    } else {
                        seen.push((own.value.as_str(), own.span));
                    }
                }
                Field::Unknown(_) => {}
            }
        }
    }
}
