//! `cnp-namespace-labels`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::plugin_policies::{NAMESPACE_LABELS, labels_starting};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-namespace-labels.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.cilium_policies().filter(|policy| !policy.is_clusterwide) {
        for selector in policy.rules().flat_map(|rule| rule.endpoints.items()) {
            for (key, value) in labels_starting(selector, NAMESPACE_LABELS) {
                let Some(span) = value.span() else { continue };
                let message = format!(
                    "`{key}` has no effect in a CiliumNetworkPolicy: labels of namespaces count in clusterwide policies alone"
                );
                findings.add(
                    Diagnostic::warning(span.label(""), message)
                        .help("name the namespaces by `k8s:io.kubernetes.pod.namespace`, or write a CiliumClusterwideNetworkPolicy"),
                );
            }
        }
    }
}
