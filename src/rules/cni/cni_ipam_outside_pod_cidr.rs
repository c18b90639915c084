//! `cni-ipam-outside-pod-cidr`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::range::parse_cidr;
use crate::model::addresses::{AddressRange, Role};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-ipam-outside-pod-cidr.md"),
    check: Check::Network(check),
};

/// What CRI-O, Podman and containerd ship for hosts without a cluster.
const SAMPLES: [&str; 5] =
    ["10.85.0.0/16", "10.88.0.0/16", "1100:200::/24", "2001:4860:4860::/64", "2001:db8:4860::/64"];
const SAMPLE_NAMES: [&str; 4] = ["containerd-net", "crio", "docker", "podman"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let cluster = plan.cluster_pod_ranges();
    if !plan.is_complete(Role::Pod) || plan.pods_share_node_network {
        return;
    }
    let of_pods = |range: &&AddressRange<'_>| range.source.is_plugin_subnet() && !is_sample(range);
    for subnet in plan.of(Role::CniSubnet).filter(of_pods) {
        let of_family = |other: &&&AddressRange<'_>| other.range.family() == subnet.range.family();
        let Some(nearest) = cluster.iter().find(of_family) else { continue };
        if cluster.iter().any(|other| other.range.contains(subnet.range)) {
            continue;
        }
        let network = match subnet.name {
            Some(name) => format!(" of the CNI network `{name}`"),
            None => String::new(),
        };
        let message =
            format!("subnet `{}`{network} is not inside the {}", subnet.range, nearest.title());
        findings.add(
            Diagnostic::warning(subnet.span.label(""), message)
                .related(nearest.label())
                .help(format!("give the node a subnet of `{}`", nearest.range)),
        );
    }
}

fn is_sample(range: &AddressRange<'_>) -> bool {
    let name = range.name.unwrap_or_default();
    let sample = |text: &&str| parse_cidr(text).is_ok_and(|sample| sample.range() == range.range);
    SAMPLES.iter().any(sample) || SAMPLE_NAMES.iter().any(|sample| name.starts_with(sample))
}
