//! `k8s-skew-kube-proxy`: see the page.

use super::skew::{against_api_servers, too_far};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::image::Component;
use crate::model::tables::tables;
use crate::model::versions::runs_on;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-skew-kube-proxy.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    for proxy in versions.all(Component::KubeProxy) {
        if !versions.known_api_servers().is_empty() {
            // Both kubelet and kube-proxy fit the API servers, or they are told against them.
            if let Some(diagnostic) = against_api_servers(Severity::Error, proxy, versions) {
                findings.add(diagnostic);
            }
            continue;
        }
        let Some(skew) = tables().skew("kube-proxy", "kubelet") else { continue };
        let beside = versions.all(Component::Kubelet).filter(|kubelet| {
            let objects = proxy.object().zip(kubelet.object());
            objects.is_some_and(|(workload, node)| runs_on(workload, node))
        });
        let farthest = beside
            .filter_map(|kubelet| Some((kubelet, too_far(proxy, kubelet, skew)?)))
            .max_by_key(|(kubelet, _)| kubelet.version.minor.abs_diff(proxy.version.minor));
        let Some((kubelet, message)) = farthest else { continue };
        findings.add(
            Diagnostic::error(proxy.label(""), message)
                .related(kubelet.label(kubelet.title()))
                .help("give both the version of the API server"),
        );
    }
}
