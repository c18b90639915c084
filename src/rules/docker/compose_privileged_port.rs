//! `compose-privileged-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-privileged-port.md"),
    check: Check::Network(check),
};

/// `net.ipv4.ip_unprivileged_port_start`, as the kernel has it by default.
const FIRST_UNPRIVILEGED: u16 = 1024;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let projects = network.compose.projects.iter();
    let services =
        projects.flat_map(|project| project.services.iter().map(move |it| (project, it)));
    for (project, service) in services {
        let low = project.published(service).iter().find_map(|port| {
            let taken = port.taken().filter(|taken| taken.first < FIRST_UNPRIVILEGED)?;
            Some((port, taken.first))
        });
        let Some((port, number)) = low else { continue };
        let name = &service.name.value;
        let message =
            format!("`{name}` publishes port {number}, which a rootless engine may not open");
        findings.add(
            Diagnostic::info(port.span.label(""), message)
                .help("publish a port from 1024 on, unless the engine runs as root"),
        );
    }
}
