//! `vxlan-port-clash`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::overlays::{self, Parts};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/vxlan-port-clash.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let parts = Parts {
        objects: &network.objects,
        addresses: &network.addresses,
        calico: &network.calico,
        cilium: &network.cilium,
        flannel: &network.flannel,
        workloads: &network.workloads,
    };
    for clash in overlays::clashes(&parts) {
        let (one, other) = (&clash.one, &clash.other);
        let message = format!(
            "{} and {} both take UDP port {} of each node for their tunnels",
            one.name, other.name, one.port
        );
        let label = |name: &str, protocol: &str| format!("{protocol} of {name}");
        findings.add(
            Diagnostic::warning(other.span.label(""), message)
                .related(one.span.label(label(one.name, one.protocol)))
                .help("remove the one that is not used any more, or give it another port"),
        );
    }
}
