//! `gateway-listener-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::gateways::api::Listener;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/gateway-listener-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for gateway in &network.gateways.all {
        // Clouds take certificates from elsewhere.
        let annotations = gateway.object.resource.metadata.annotations.value();
        let has_certificate = annotations
            .is_some_and(|annotations| annotations.keys().any(|key| key.contains("cert")));
        for listener in &gateway.listeners {
            findings.extend(look_at(&listener.value, has_certificate));
        }
    }
}

fn look_at(listener: &Listener, has_certificate: bool) -> Option<Diagnostic> {
    let protocol = listener.protocol.known()?;
    let name = listener.name.value().map_or("", String::as_str);
    let is = |names: &[&str]| names.contains(&protocol.value.as_str());
    let of_protocol = || protocol.label(format!("its protocol is {}", protocol.value));
    if let Some(tls) = listener.tls.span().filter(|_| is(&["HTTP", "TCP", "UDP"])) {
        let message = format!("listener `{name}` for {} has `tls`", protocol.value);
        return Some(
            Diagnostic::error(tls.label(""), message)
                .related(of_protocol())
                .help("the API server refuses it: `tls` is for HTTPS and TLS"),
        );
    }
    let host = listener.hostname.known().filter(|host| !host.value.is_empty());
    if let Some(host) = host.filter(|_| is(&["TCP", "UDP"])) {
        let message = format!("listener `{name}` for {} has a hostname", protocol.value);
        return Some(
            Diagnostic::error(host.label(""), message)
                .related(of_protocol())
                .help("the API server refuses it: nothing in such a connection names a host"),
        );
    }
    if listener.tls.is_absent() && !has_certificate && is(&["HTTPS", "TLS"]) {
        let message = format!("listener `{name}` for {} has no `tls`", protocol.value);
        return Some(
            Diagnostic::warning(protocol.label(""), message)
                .help("name a certificate in `tls.certificateRefs`, or pass TLS through with `mode: Passthrough`"),
        );
    }
    let mode = listener.tls.value()?.mode.known()?;
    (mode.value == "Passthrough" && is(&["HTTPS"])).then(|| {
        let message = format!("listener `{name}` for HTTPS passes TLS through");
        Diagnostic::error(mode.label(""), message).related(of_protocol()).help(
            "the API server refuses it: HTTPS ends TLS here; take the protocol TLS, and a TLSRoute",
        )
    })
}
