//! `kubeproxy-local-cidr-unset`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::addresses::Role;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/kubeproxy-local-cidr-unset.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    // kubeadm fills the field in from its own.
    if !plan.cluster_pod_ranges().is_empty() || !plan.is_complete(Role::Pod) {
        return;
    }
    for proxy in &plan.proxies_without_range {
        let message = "kube-proxy tells pods by their range, and `clusterCIDR` is not set";
        findings.add(
            Diagnostic::info(proxy.label(""), message)
                .help("set `clusterCIDR` to the range of pods, or `detectLocalMode` to another way of telling them"),
        );
    }
}
