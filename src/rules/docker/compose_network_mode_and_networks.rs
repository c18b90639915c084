//! `compose-network-mode-and-networks`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::compose::{NetworkMode, Service};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-network-mode-and-networks.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let projects = &network.compose.projects;
    findings.extend(projects.iter().flat_map(|project| &project.services).filter_map(both));
}

fn both(service: &Service) -> Option<Diagnostic> {
    let Field::Known(mode) = &service.network_mode else { return None };
    let key = service.networks_key.as_ref()?;
    let first = service.memberships.first()?;
    let name = &service.name.value;
    let message = format!("`{name}` has `network_mode` and `networks`, and Compose refuses both");
    let help = match mode.value {
        NetworkMode::Bridge => "leave `network_mode` out: the networks are bridges, too",
        _ => "leave one of them out",
    };
    let place = if key.span.file == mode.span.file { key.span } else { first.network.span };
    Some(
        Diagnostic::error(mode.span.label(""), message).related(place.label("networks")).help(help),
    )
}
