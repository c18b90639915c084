//! `cnp-namespace-in-endpoint-selector`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::plugin_policies::{NAMESPACE, labels_starting};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-namespace-in-endpoint-selector.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.cilium_policies().filter(|policy| !policy.is_clusterwide) {
        let Some(own) = policy.object.namespace_name() else { continue };
        for (_, value) in labels_starting(&policy.spec.endpoint_selector, NAMESPACE) {
            let Some(other) = value.known().filter(|other| other.value != own) else { continue };
            let message = format!(
                "the policy is one of namespace `{own}`, and selects no pods of `{}`",
                other.value
            );
            findings.add(
                Diagnostic::warning(other.span.label(""), message)
                    .related(policy.object.label(format!("in namespace `{own}`")))
                    .help("put the policy into the namespace of its pods, or write a CiliumClusterwideNetworkPolicy"),
            );
        }
    }
}
