//! `pod-dnspolicy-none-empty`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-dnspolicy-none-empty.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let pod = &workload.spec.pod;
        let Some(policy) = pod.dns_policy.known().filter(|policy| policy.value == "None") else {
            continue;
        };
        let servers = match &pod.dns_config {
            Field::Absent => &Field::Absent,
            Field::Known(config) => &config.value.nameservers,
            Field::Unknown(_) => continue,
        };
        let patched = workload.is_patched(|pod| !pod.dns_config.is_absent());
        if patched || servers.is_unknown() || !servers.items().is_empty() {
            continue;
        }
        let message = format!("`{}` has `dnsPolicy: None` and no `nameservers`", workload.title());
        findings.add(
            Diagnostic::error(policy.label(""), message)
                .related_all(pod.dns_config.span().map(|span| span.label("without `nameservers`")))
                .help(
                    "`None` means that `dnsConfig` says everything: name at least one server there",
                ),
        );
    }
}
