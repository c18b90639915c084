//! `compose-internal-isolated`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::compose::{Project, Service};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-internal-isolated.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        findings.extend(project.services.iter().filter_map(|service| isolated(project, service)));
    }
}

/// A service that publishes ports and is on no network that leads outside.
fn isolated(project: &Project, service: &Service) -> Option<Diagnostic> {
    let port = service.ports.first()?;
    if service.is_open || service.has_unknown_networks {
        return None;
    }
    let networks = project.internal_networks(service)?;
    let message = format!(
        "`{}` publishes a port and is on internal networks only, which nothing outside gets to",
        service.name.value
    );
    let places = networks.iter().filter_map(|network| network.internal.known());
    Some(
        Diagnostic::info(port.span.label(""), message)
            .related_all(places.map(|place| place.label("internal")))
            .help("put it on a network that is not internal, too, or leave the port out"),
    )
}
