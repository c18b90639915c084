//! `kube-proxy-metrics-exposed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-metrics-exposed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_configs {
        let Some(address) = proxy.spec.metrics_bind_address.known() else { continue };
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        if !matches!(host, "0.0.0.0" | "[::]") && address.value != "::" {
            continue;
        }
        findings.add(
            Diagnostic::info(
                address.label(""),
                "every address of the node serves the metrics of kube-proxy, to everybody",
            )
            .help("leave it out unless Prometheus needs it, and then close the port to others"),
        );
    }
}
