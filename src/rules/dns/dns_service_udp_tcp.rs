//! `dns-service-udp-tcp`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/dns-service-udp-tcp.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.coredns.services {
        let Some(missing) = service.missing_protocol() else { continue };
        // A load balancer may take one protocol only; then two Services share the pods.
        let other = network.coredns.services.iter().any(|other| {
            !other.object.is(service.object) && other.missing_protocol() != Some(missing)
        });
        if other && service.is_load_balancer() {
            continue;
        }
        let Some(port) = service.port() else { continue };
        let (name, present) = (service.object.name(), if missing == "TCP" { "UDP" } else { "TCP" });
        let message = format!("Service `{name}` has port 53 over {present} only");
        let help = match missing {
            "TCP" => "add port 53 with `protocol: TCP`: long answers come over TCP",
            _ => {
                "add port 53 with `protocol: UDP`: resolvers ask over UDP first, and `protocol` is TCP when it is left out"
            }
        };
        findings.add(Diagnostic::warning(port.label(""), message).help(help));
    }
}
