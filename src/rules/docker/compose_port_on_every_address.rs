//! `compose-port-on-every-address`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::compose::{Port, Project, Service};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-port-on-every-address.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in network.compose.projects.iter().filter(|project| !project.is_for_swarm()) {
        findings.extend(project.services.iter().filter_map(|service| open(project, service)));
    }
}

/// The first port of a service that is open on every address.
fn open(project: &Project, service: &Service) -> Option<Diagnostic> {
    let open = |port: &&Port| {
        let is_any = match &port.host_ip {
            Field::Absent => true,
            Field::Known(address) => address.value.is_unspecified(),
            Field::Unknown(_) => false,
        };
        is_any && port.published.known().is_some()
    };
    let port = project.published(service).iter().find(open)?;
    let range = port.published.value()?;
    let message =
        format!("port {range} of `{}` is open on every address of the host", service.name.value);
    Some(
        Diagnostic::info(port.span.label(""), message).help(format!(
            "if only the host itself asks for it, publish `127.0.0.1:{range}`: the engine's rules come before those of a host's firewall"
        )),
    )
}
