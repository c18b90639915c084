//! `netpol-endport-k8s-too-old`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policies::Policy;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-endport-k8s-too-old.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(server) = network.versions.newest_api_server() else { return };
    let feature = tables().feature("network-policy-end-port");
    let stages = feature.and_then(|feature| feature.alpha.zip(feature.beta));
    let Some((alpha, beta)) = stages else { return };
    let version = server.version.without_patch();
    if version.minor_version() >= beta.minor_version() {
        return;
    }
    for policy in &network.policies.all {
        let Some(end_port) = first_end_port(policy) else { continue };
        let place = end_port.label("");
        let diagnostic = if version.minor_version() < alpha.minor_version() {
            let message =
                format!("Kubernetes {version} does not know `endPort`: it came in {alpha}");
            Diagnostic::error(place, message)
        } else {
            let message = format!("Kubernetes {version} has `endPort` only with a feature gate");
            Diagnostic::warning(place, message)
        };
        findings.add(
            diagnostic
                .related(server.label(server.title()))
                .help("name each port in an entry of its own"),
        );
    }
}

fn first_end_port<'n>(policy: &'n Policy<'_>) -> Option<&'n Spanned<i64>> {
    let ingress = policy.spec.ingress.items().iter().filter_map(|rule| Some(&rule.value()?.ports));
    let egress = policy.spec.egress.items().iter().filter_map(|rule| Some(&rule.value()?.ports));
    let mut ports = ingress.chain(egress).flat_map(|ports| ports.items());
    ports.find_map(|port| port.value()?.end_port.known())
}
