//! `gateway-listener-conflict`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/gateway-listener-conflict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for gateway in &network.gateways.all {
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        let mut taken: BTreeMap<(i64, &str, String), Span> = BTreeMap::new();
        let mut streams: BTreeMap<i64, Span> = BTreeMap::new();
        let who = format!("{} `{}`", gateway.object.kind(), gateway.object.name());
        for listener in &gateway.listeners {
            if let Some(name) = listener.value.name.known() {
                if let Some(first) = names.get(name.value.as_str()) {
                    let message = format!("{who} has two listeners named `{}`", name.value);
                    findings.add(
                        Diagnostic::error(name.label(""), message)
                            .related(first.label("first"))
                            .help("the API server refuses it: give each a name of its own"),
                    );
                    continue;
                }
                names.insert(&name.value, name.span);
            }
            let (Some(port), Some(protocol)) =
                (listener.value.port.known(), listener.value.protocol.value())
            else {
                continue;
            };
            let host = match &listener.value.hostname {
                Field::Absent => String::new(),
                Field::Known(host) => host.value.to_ascii_lowercase(),
                Field::Unknown(_) => continue,
            };
            let of_host = match host.as_str() {
                "" => "every host".to_owned(),
                host => format!("`{host}`"),
            };
            match taken.get(&(port.value, protocol.as_str(), host.clone())) {
                Some(first) => {
                    let message = format!(
                        "{who} has two listeners for {protocol} on port {} and {of_host}",
                        port.value
                    );
                    findings.add(
                        Diagnostic::error(listener.span.label(""), message)
                            .related(first.label("first"))
                            .help("the API server refuses it: listeners differ in port, protocol or hostname"),
                    );
                }
                None => {
                    taken.insert((port.value, protocol.as_str(), host), listener.span);
                    if protocol == "TCP" {
                        streams.insert(port.value, listener.span);
                    }
                }
            }
        }
        for ((port, protocol, _), span) in &taken {
            if let Some(stream) =
                streams.get(port).filter(|_| matches!(*protocol, "HTTP" | "HTTPS" | "TLS"))
            {
                let message = format!("{who} has listeners for TCP and {protocol} on port {port}");
                findings.add(
                    Diagnostic::error(span.label(""), message)
                        .related(stream.label("for TCP"))
                        .help(
                            "neither is accepted: nothing tells which of them a connection is for",
                        ),
                );
            }
        }
    }
}
