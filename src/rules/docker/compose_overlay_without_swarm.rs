//! `compose-overlay-without-swarm`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::compose::{ComposeNetwork, Project};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-overlay-without-swarm.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    findings.extend(network.compose.projects.iter().flat_map(overlays));
}

fn overlays(project: &Project) -> Vec<Diagnostic> {
    let is_deployed = project.services.iter().any(|service| service.deploy.is_written);
    if is_deployed || project.is_for_swarm() || project.is_open {
        return Vec::new();
    }
    let overlays = project.networks.iter().filter_map(|network| {
        let driver = network.driver.known().filter(|driver| driver.value == "overlay")?;
        // One that is attachable is meant for containers that no swarm runs.
        let is_attachable = network.attachable.value() == Some(&true);
        (!is_attachable && network.is_external() == Some(false)).then_some((network, driver))
    });
    overlays.map(|(network, driver)| finding(network, driver)).collect()
}

fn finding(network: &ComposeNetwork, driver: &Spanned<String>) -> Diagnostic {
    let message = format!(
        "the network `{}` is an overlay, which only a swarm has, and nothing here is deployed to one",
        network.key.value
    );
    Diagnostic::info(driver.label(""), message).help(
        "leave `driver` out on one host; in a swarm, `attachable: true` lets `docker compose up` use it",
    )
}
