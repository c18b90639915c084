//! `compose-ports-with-host-mode`: see the page.

use crate::diagnostic::{Diagnostic, Fix, Place, Safety};
use crate::model::compose::{NetworkMode, Service};
use crate::model::{Field, Network};
use crate::rules::docker::insert;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-ports-with-host-mode.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let projects = &network.compose.projects;
    findings
        .extend(projects.iter().flat_map(|project| &project.services).filter_map(without_effect));
}

fn without_effect(service: &Service) -> Option<Diagnostic> {
    let Field::Known(mode) = &service.network_mode else { return None };
    if mode.value != NetworkMode::Host {
        return None;
    }
    let (key, port) = (service.ports_key.as_ref()?, service.ports.first()?);
    let message = format!(
        "`{}` is on the network of its host, and the ports that it publishes are not",
        service.name.value
    );
    let diagnostic = Diagnostic::warning(port.span.label(""), message)
        .related(mode.label("the network of the host"))
        .help("leave `ports` out: what the service listens on is open on the host");
    Some(match insert::without(service, key) {
        Some(edit) => diagnostic.fix(Fix {
            title: "leave `ports` out".to_owned(),
            safety: Safety::Safe,
            edits: vec![edit],
        }),
        None => diagnostic,
    })
}
