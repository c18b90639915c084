//! `istio-no-timeout`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::HttpRoute;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-no-timeout.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for virtual_service in &network.mesh.virtual_services {
        // A piece that others delegate to may have theirs.
        if virtual_service.is_delegate() {
            continue;
        }
        let routes = virtual_service.spec.http.items().iter().filter_map(Field::value);
        let without: Vec<Span> = routes.filter_map(without_timeout).collect();
        let Some(first) = without.first() else { continue };
        let message = match without.len() {
            1 => "a route without a timeout".to_owned(),
            count => format!("{count} routes without a timeout"),
        };
        findings.add(
            Diagnostic::info(first.label(""), message)
                .help("requests wait for as long as the server takes: set `timeout`"),
        );
    }
}

fn without_timeout(route: &HttpRoute) -> Option<Span> {
    let host = route.route.items().first()?.value()?.destination.value()?.host.span()?;
    route.timeout.is_absent().then_some(host)
}
