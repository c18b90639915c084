//! `service-nodeport-out-of-range`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::node_ports::{NodePorts, node_ports};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-nodeport-out-of-range.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(ranges) = node_ports(&network.components, &network.installers) else { return };
    for service in &network.services.all {
        let has_node_ports = matches!(service.kind(), Some("NodePort" | "LoadBalancer"));
        if !has_node_ports || service.is_patched {
            continue;
        }
        let name = service.object.name();
        for port in service.ports() {
            let port = port.source.node_port.known();
            findings.extend(port.and_then(|port| look_at(port, "node port", name, &ranges)));
        }
        let port = service.spec.health_check_node_port.known();
        findings.extend(port.and_then(|port| look_at(port, "health check port", name, &ranges)));
    }
}

fn look_at(
    port: &Spanned<i64>,
    noun: &str,
    service: &str,
    ranges: &[NodePorts],
) -> Option<Diagnostic> {
    let first = ranges.first()?;
    let is_inside = |known: &NodePorts| {
        u16::try_from(port.value).is_ok_and(|number| known.range.contains(&number))
    };
    // Zero leaves the choice to the API server.
    if port.value == 0 || ranges.iter().any(is_inside) {
        return None;
    }
    let (severity, known) = match first.is_fact {
        true => (Severity::Error, ""),
        false => (Severity::Warning, ", the default"),
    };
    let message = format!(
        "{noun} {} of the Service `{service}` is outside of {}-{}{known}",
        port.value,
        first.range.start(),
        first.range.end()
    );
    Some(
        Diagnostic::new(severity, port.label(""), message)
            .related_all(first.span.map(|span| span.label("the range")))
            .help("choose a number of the range, or leave it out to be given one"),
    )
}
