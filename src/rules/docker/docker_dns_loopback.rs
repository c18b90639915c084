//! `docker-dns-loopback`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::parse_address;
use crate::model::compose::{Attachment, NetworkMode, Port, Service};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-dns-loopback.md"),
    check: Check::Network(check),
};

/// Parts of the names of images with a resolver of their own, which they ask.
const RESOLVERS: [&str; 12] = [
    "adguard",
    "bind9",
    "blocky",
    "coredns",
    "dnscrypt",
    "dnsmasq",
    "gluetun",
    "mail",
    "pihole",
    "technitium",
    "unbound",
    "wireguard",
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        let servers = daemon.network().dns.items();
        if let Some(first) = loopback(servers) {
            let message = format!(
                "containers ask for names at `{}`, which in a container is the container itself",
                **first
            );
            findings.add(Diagnostic::warning(first.label(""), message).help(HELP));
        }
    }
    for project in &network.compose.projects {
        for service in &project.services {
            let Some(first) = loopback(&service.dns) else { continue };
            let is_joined = project.services.iter().any(|other| joins(other, service));
            if is_joined || is_resolver(service) || !has_own_network(project.attachment(service)) {
                continue;
            }
            let message = format!(
                "`{}` asks for names at `{}`, which in a container is the container itself",
                service.name.value, **first
            );
            findings.add(Diagnostic::warning(first.label(""), message).help(HELP));
        }
    }
}

const HELP: &str = "give an address of the host that containers reach, or of a server in the \
                    network; the resolver has to listen there";

/// The first of several servers that all are loopback addresses; where one is not, it answers in
/// the place of the others.
fn loopback(servers: &[Field<String>]) -> Option<&Spanned<String>> {
    let is_loopback = |server: &Field<String>| {
        let address = server.value().and_then(|text| parse_address(text.trim()).ok());
        // Docker's own resolver answers at 127.0.0.11.
        address.is_some_and(|it| it.is_loopback() && it.to_string() != "127.0.0.11")
    };
    let first = servers.first().and_then(Field::known)?;
    servers.iter().all(is_loopback).then_some(first)
}

/// Whether a container has the network of another one, which it may serve there.
fn joins(other: &Service, service: &Service) -> bool {
    matches!(other.network_mode.value(), Some(NetworkMode::Service(name)) if *name == service.name.value)
}

fn has_own_network(attachment: Attachment<'_>) -> bool {
    matches!(attachment, Attachment::Networks(_) | Attachment::DefaultBridge(_))
}

fn is_resolver(service: &Service) -> bool {
    let serves_dns =
        |port: &Port| port.target.value().is_none_or(|it| it.first <= 53 && it.last >= 53);
    let image = service.image.value().map_or("", String::as_str).to_ascii_lowercase();
    let exposes =
        |port: &Field<String>| port.value().is_none_or(|port| port.split('/').next() == Some("53"));
    service.is_open
        || RESOLVERS.iter().any(|name| image.contains(name) || service.name.contains(name))
        || service.ports.iter().any(serves_dns)
        || service.expose.iter().any(exposes)
}
