//! `k8s-skew-kubelet`: see the page.

use std::collections::BTreeMap;

use super::skew::against_api_servers;
use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::image::Component;
use crate::model::versions::KubernetesComponent;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-skew-kubelet.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    let mut by_minor: BTreeMap<(u32, u32), Vec<&KubernetesComponent<'_>>> = BTreeMap::new();
    for kubelet in versions.all(Component::Kubelet) {
        by_minor.entry(kubelet.version.minor_version()).or_default().push(kubelet);
    }
    for kubelets in by_minor.values() {
        let diagnostic = against_api_servers(Severity::Error, kubelets[0], versions);
        let Some(mut diagnostic) = diagnostic else { continue };
        if kubelets.len() > 1 {
            diagnostic.message += &format!(" ({} nodes)", kubelets.len());
        }
        findings.add(diagnostic);
    }
}
