//! `compose-host-network`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::compose::NetworkMode;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-host-network.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in network.compose.projects.iter().flat_map(|project| &project.services) {
        let Field::Known(mode) = &service.network_mode else { continue };
        if mode.value == NetworkMode::Host {
            let name = &service.name.value;
            let message =
                format!("`{name}` is on the network of its host, with all that listens there");
            findings.add(Diagnostic::info(mode.span.label(""), message).help(
                "publish the ports that it needs instead, unless it must see the host's interfaces",
            ));
        }
    }
}
