//! `k8s-skew-kubelet`: see the page.

use super::skew::against_api_servers;
use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-skew-kubelet.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    let mut told = Vec::new();
    for kubelet in versions.all(Component::Kubelet) {
        let minor = kubelet.version.minor_version();
        if told.contains(&minor) {
            continue;
        }
        let Some(mut diagnostic) = against_api_servers(Severity::Error, kubelet, versions) else {
            continue;
        };
        told.push(minor);
        let alike = versions.all(Component::Kubelet);
        let nodes = alike.filter(|other| other.version.minor_version() == minor).count();
        if nodes > 1 {
            diagnostic.message += &format!(" ({nodes} nodes)");
        }
        findings.add(diagnostic);
    }
}
