//! `httproute-backend`: see the page.

use super::backends::{missing, serving, title, wrong_port};
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::routes::{Backend, BackendPort, Route, RouteKind};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/httproute-backend.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (route, backend) in serving(network, |kind| kind == RouteKind::Gateway) {
        if backend.port == BackendPort::Missing {
            findings.add(without_port(network, route, backend));
            continue;
        }
        let found = missing(network, route, backend);
        findings.extend(found.or_else(|| wrong_port(network, route, backend)));
    }
}

/// The schema asks for a port where the backend is a Service.
fn without_port(network: &Network<'_>, route: &Route<'_>, backend: &Backend<'_>) -> Diagnostic {
    let name = &backend.service.value;
    let message = format!("{} names no port of Service `{name}`", title(route));
    let services = network.routes.services(backend, &network.services).found();
    let service = services.and_then(|services| services.first().copied());
    Diagnostic::error(backend.service.label(""), message)
        .related_all(service.map(|service| service.object.label("the Service")))
        .help(
            "the API server refuses a Service without `port`: name one of the Service's own ports",
        )
}
