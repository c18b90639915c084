//! `drift-kubeproxy-mode`: see the page.

use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::drift::{components, differences};
use crate::rules::drift::words::report;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/drift-kubeproxy-mode.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let modes = components::proxy_modes(&network.objects, &network.components, &network.installers);
    for difference in differences(modes) {
        findings.add(report("kube-proxy's mode", Severity::Error, &difference));
    }
    for difference in differences(components::proxy_ranges(&network.addresses)) {
        findings.add(report("kube-proxy's pod range", Severity::Error, &difference));
    }
}
