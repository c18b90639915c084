//! `istio-gateway-duplicate-host`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::protocol::Protocol;
use crate::model::mesh::{GatewaySpec, Item, Server};
use crate::model::object::{has_unknown, known_labels};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-gateway-duplicate-host.md"),
    check: Check::Network(check),
};

/// What two servers have in common that only one of them can have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    selector: Vec<(String, String)>,
    port: i64,
    bind: String,
    host: String,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut known: BTreeMap<Key, (&Item<'_, GatewaySpec>, &Spanned<String>)> = BTreeMap::new();
    for gateway in &network.mesh.gateways {
        let selector = &gateway.spec.selector;
        if selector.is_absent() || has_unknown(selector) || gateway.object.is_chart_default() {
            continue;
        }
        let selector: Vec<(String, String)> = known_labels(selector)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        for server in gateway.spec.servers.items().iter().filter_map(Field::value) {
            for host in server.hosts.items().iter().filter_map(Field::known) {
                let Some(key) = key(&selector, server, host, gateway) else { continue };
                let Some((first, place)) = known.get(&key) else {
                    known.insert(key, (gateway, host));
                    continue;
                };
                if !network.are_together(first.object, gateway.object) {
                    continue;
                }
                let who = match first.object.is(gateway.object) {
                    true => "another server of this Gateway".to_owned(),
                    false => format!("Gateway `{}`", first.object.name()),
                };
                let message = format!("{who} has host `{}` on port {}, too", host.value, key.port);
                findings.add(
                    Diagnostic::warning(host.label(""), message)
                        .related(place.label("the same host"))
                        .help("a proxy takes one server for each host of a TLS port and leaves out the other, with its routes: keep one of them"),
                );
            }
        }
    }
}

/// Only for servers that tell connections apart by the name in the handshake; those of plain HTTP
/// are merged.
fn key(
    selector: &[(String, String)],
    server: &Server,
    host: &str,
    gateway: &Item<'_, GatewaySpec>,
) -> Option<Key> {
    let port = server.port.value()?;
    if !Protocol::parse(port.protocol.value()?)?.is_tls() || server.bind.is_unknown() {
        return None;
    }
    let own = gateway.object.namespace();
    let host = match host.split_once('/') {
        Some((".", host)) => format!("{own}/{host}"),
        Some(("*", host)) => host.to_owned(),
        _ => host.to_owned(),
    };
    Some(Key {
        selector: selector.to_vec(),
        port: *port.number.value()?,
        bind: server.bind.value().cloned().unwrap_or_default(),
        host,
    })
}
