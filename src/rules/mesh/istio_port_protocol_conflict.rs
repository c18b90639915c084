//! `istio-port-protocol-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::injection::Proxy;
use crate::model::mesh::protocol::Protocol;
use crate::model::ports::{PortRef, Protocol as Transport};
use crate::model::services::{Service, ServicePortView};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-port-protocol-conflict.md"),
    check: Check::Network(check),
};

/// Ports of servers that nobody talks HTTP to, by the registry of IANA.
const NOT_HTTP: [(u16, &str); 5] = [
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (6379, "Redis"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if !network.uses_istio() {
        return;
    }
    for service in &network.services.all {
        if service.is_external_name() || is_outside(network, service) {
            continue;
        }
        for port in service.ports() {
            if port.protocol == Some(Transport::Tcp) {
                let found = well_known(network, service, &port).or_else(|| told_twice(&port));
                findings.extend(found);
            }
        }
    }
}

/// Whether all pods of a Service are surely without a proxy: then it is probably not for the mesh,
/// and who else calls it is not known.
fn is_outside(network: &Network<'_>, service: &Service<'_>) -> bool {
    let classes = service.selected.iter().map(|(class, _)| *class);
    let mut workloads = classes.flat_map(|class| network.workloads.members(class)).peekable();
    workloads.peek().is_some()
        && workloads.all(|workload| matches!(network.istio_proxy(workload), Proxy::No { .. }))
}

fn well_known(
    network: &Network<'_>,
    service: &Service<'_>,
    port: &ServicePortView<'_>,
) -> Option<Diagnostic> {
    let (text, protocol) = stated(port)?;
    if !protocol.is_http() {
        return None;
    }
    let number = match port.target? {
        PortRef::Number(number) => number,
        PortRef::Name(name) => {
            let (class, _) = service.selected.first()?;
            let workload = network.workloads.members(*class).next()?;
            workload.port_named(name, Transport::Tcp)?
        }
    };
    let (_, server) = NOT_HTTP.iter().find(|(known, _)| *known == number)?;
    let message = format!("port {number} of {server} is taken for {}", text.value);
    let kind = if port.source.app_protocol.is_absent() { "name" } else { "`appProtocol`" };
    Some(
        Diagnostic::warning(text.label(""), message)
            .related_all(port.source.target_port.span().map(|span| span.label("the port of the pods")))
            .help(format!("proxies read requests from a port with this {kind}, and break the connection: say `tcp`")),
    )
}

/// The protocol that a port has by `appProtocol`, or else by its name.
fn stated<'a>(port: &ServicePortView<'a>) -> Option<(&'a Spanned<String>, Protocol)> {
    match &port.source.app_protocol {
        Field::Absent => {
            let name = port.source.name.known()?;
            Some((name, Protocol::of_port_name(name)?))
        }
        field => {
            let text = field.known()?;
            Some((text, Protocol::parse(text)?))
        }
    }
}

/// A name and an `appProtocol` that contradict each other.
fn told_twice(port: &ServicePortView<'_>) -> Option<Diagnostic> {
    let name = port.source.name.known()?;
    let by_name = Protocol::of_port_name(name)?;
    let decides = port.source.app_protocol.known()?;
    let decided = Protocol::parse(decides)?;
    let contradict = by_name.is_http() != decided.is_http() && by_name.is_tls() != decided.is_tls();
    if !contradict {
        return None;
    }
    let message = format!("`appProtocol: {}` for a port named `{}`", decides.value, name.value);
    Some(
        Diagnostic::info(decides.label(""), message)
            .related(name.label("the name says something else"))
            .help("`appProtocol` decides; name the port after it, so that nobody is misled"),
    )
}
