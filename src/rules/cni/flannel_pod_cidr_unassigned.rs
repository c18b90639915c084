//! `flannel-pod-cidr-unassigned`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Role;
use crate::model::capacity::Ipam;
use crate::model::flannel::{FlannelOrigin, Subnets};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/flannel-pod-cidr-unassigned.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let (plan, flannel) = (&network.addresses, &network.flannel);
    let is_stated = plan
        .ranges
        .iter()
        .any(|range| range.source.defines_pods() || matches!(range.role(), Role::NodePodCidr));
    let is_known = plan.is_complete(Role::Pod) && plan.is_complete(Role::NodePodCidr);
    if is_stated || !is_known || network.capacity.ipam != Ipam::NodeRanges {
        return;
    }
    let installed = flannel.configs.iter().find(|config| {
        config.config.origin == FlannelOrigin::ConfigMap
            && flannel.subnets(config) == Subnets::Kubernetes
    });
    let (Some(config), Some(kubeadm)) = (installed, plan.clusters_without_pod_range.first()) else {
        return;
    };
    let Some(range) = config.config.network.known() else { return };
    let message =
        "no `podSubnet`: the nodes get no pod ranges, and Flannel takes its own from them";
    findings.add(
        Diagnostic::error(kubeadm.label(""), message)
            .related(range.label("Flannel network"))
            .help(format!("set `networking.podSubnet` to `{}`", range.trim())),
    );
}
