//! `service-externalname-ip`: see the page.

use std::net::Ipv4Addr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-externalname-ip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in network.services.all.iter().filter(|service| service.is_external_name()) {
        let Some(host) = service.spec.external_name.known() else { continue };
        if service.is_patched {
            continue;
        }
        let name = service.object.name();
        let plain = host.value.trim_end_matches('.');
        let is_local = plain.eq_ignore_ascii_case("localhost")
            || plain.to_ascii_lowercase().ends_with(".localhost");
        if let Ok(address) = plain.parse::<Ipv4Addr>() {
            let message = format!(
                "the Service `{name}` stands for the name `{address}`, which is an address and no name"
            );
            findings.add(
                Diagnostic::warning(host.label(""), message).help(
                    "write a Service without a selector and an EndpointSlice with the address",
                ),
            );
        } else if is_local {
            let message =
                format!("the Service `{name}` stands for `{plain}`: each client's own pod");
            findings.add(
                Diagnostic::warning(host.label(""), message).help(
                    "name the host that is meant: whoever looks the alias up talks to itself",
                ),
            );
        }
    }
}
