//! `service-node-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::service::service_load_balancer_open::is_way_in;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-node-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        let Some(kind) = service.spec.kind.known().filter(|kind| kind.value == "NodePort") else {
            continue;
        };
        if is_way_in(service) {
            continue;
        }
        let name = service.object.name();
        let message = format!("the Service `{name}` opens a port on every node");
        findings.add(
            Diagnostic::info(kind.label(""), message)
                .help("let clients in by an Ingress, a Gateway or a load balancer"),
        );
    }
}
