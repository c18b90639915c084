//! `docker-dns-loopback`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::parse_address;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-dns-loopback.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        let servers = daemon.network().dns.items();
        let is_loopback = |server: &Field<String>| {
            let address = server.value().and_then(|text| parse_address(text).ok());
            address.is_some_and(|address| address.is_loopback())
        };
        // Another server answers in its place.
        if !servers.iter().all(is_loopback) {
            continue;
        }
        let Some(first) = servers.first().and_then(Field::known) else { continue };
        let message = format!(
            "containers ask for names at `{}`, which in a container is the container itself",
            **first
        );
        findings.add(Diagnostic::warning(first.label(""), message).help(
            "give an address of the host that containers reach, or of a server in the network; \
             the resolver has to listen there",
        ));
    }
}
