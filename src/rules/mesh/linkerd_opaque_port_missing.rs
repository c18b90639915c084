//! `linkerd-opaque-port-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::linkerd::OPAQUE_PORTS;
use crate::model::ports::Protocol;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/linkerd-opaque-port-missing.md"),
    check: Check::Network(check),
};

/// Ports whose servers speak first, and which Linkerd does not know by itself.
const SERVER_FIRST: [(u16, &str); 5] =
    [(21, "FTP"), (22, "SSH"), (2525, "SMTP"), (4222, "NATS"), (6222, "NATS")];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        if !network.linkerd_proxy(workload).is_yes() {
            continue;
        }
        for port in workload.ports() {
            let Some(number) = port.number.filter(|_| port.protocol == Some(Protocol::Tcp)) else {
                continue;
            };
            let known = SERVER_FIRST.iter().find(|(known, _)| *known == number);
            let Some((_, protocol)) = known else { continue };
            if network.is_opaque(workload, number) != Some(false) {
                continue;
            }
            let place = port.source.container_port.span().unwrap_or(port.span);
            let message = format!("port {number} of {protocol} is not opaque to Linkerd's proxy");
            findings.add(
                Diagnostic::info(place.label(""), message).help(format!(
                    "the proxy waits 10 seconds for the client to speak first: add `{OPAQUE_PORTS}: \"{number}\"` to the pods and their Services"
                )),
            );
        }
    }
}
