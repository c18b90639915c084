//! `calico-pool-outside-pod-cidr`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{AddressRange, IpRange, PoolOrigin, Role, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/calico-pool-outside-pod-cidr.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    if !plan.is_complete(Role::Pod) || plan.pods_share_node_network {
        return;
    }
    let cluster = plan.cluster_pod_ranges();
    let ranges: Vec<IpRange> = cluster.iter().map(|range| range.range).collect();
    let inside = Coverage::of(&ranges);
    for pool in &plan.pools {
        let range = pool.range();
        let of_family = |other: &&&AddressRange<'_>| other.range.family() == range.family();
        let Some(nearest) = cluster.iter().find(of_family) else { continue };
        let inside = inside.contains(range);
        if inside || !pool.is_for_pods() || pool.is_disabled() || pool.is_on_request() {
            continue;
        }
        // The operator holds pools against kubeadm's configuration and refuses those outside.
        let refused =
            pool.origin == PoolOrigin::Installation && nearest.source == Source::POD_SUBNET;
        let severity = if refused { Severity::Error } else { Severity::Warning };
        let message = format!("IP pool `{range}` is not inside the {}", nearest.title());
        findings.add(
            Diagnostic::new(severity, pool.span.label(""), message).related(nearest.label()).help(
                format!("put the pool inside `{}`, or make the pod range hold both", nearest.range),
            ),
        );
    }
}
