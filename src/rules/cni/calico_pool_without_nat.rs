//! `calico-pool-without-nat`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{Family, IpPool, PoolOrigin};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-pool-without-nat.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut workloads = network.workloads.all.iter();
    let other_nat = workloads.any(|workload| workload.object.name().contains("ip-masq-agent"));
    // Routers that speak BGP know where pods are.
    if other_nat || !network.calico.peers.is_empty() {
        return;
    }
    findings.extend(network.addresses.pools.iter().filter_map(without_nat));
}

fn without_nat(pool: &IpPool<'_>) -> Option<Diagnostic> {
    let nat = &pool.spec.nat_outgoing;
    let is_off = match (nat.value(), pool.origin) {
        (Some(on), _) => !on,
        // The operator and calico-node switch it on by default.
        (None, PoolOrigin::Object) => nat.is_absent(),
        (None, PoolOrigin::Installation | PoolOrigin::Environment) => false,
    };
    let modes = [&pool.spec.ipip_mode, &pool.spec.vxlan_mode];
    let tunnel = modes.into_iter().find_map(|mode| {
        mode.known().filter(|mode| matches!(mode.as_str(), "Always" | "CrossSubnet"))
    })?;
    let used = pool.is_for_pods() && !pool.is_disabled() && !pool.is_on_request();
    // Pods with public addresses of IPv6 are usual.
    if !is_off || !used || pool.family() == Family::V6 {
        return None;
    }
    let place = nat.span().unwrap_or(pool.span);
    let message = format!(
        "IP pool `{}` has a tunnel and no `natOutgoing`: nobody outside knows the way back",
        pool.range()
    );
    Some(
        Diagnostic::warning(place.label(""), message)
            .related(tunnel.label("tunnel"))
            .help("set `natOutgoing: true`, unless routers outside have routes to the pool"),
    )
}
