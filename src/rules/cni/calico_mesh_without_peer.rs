//! `calico-mesh-without-peer`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::IpPool;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-mesh-without-peer.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let is_off = |word: Option<&String>| word.is_some_and(|word| word == "Disabled");
    let no_bgp = plan.installations.iter().any(|installation| is_off(installation.bgp.value()));
    let mut pools = plan.pools.iter().filter(|pool| pool.is_for_pods() && !pool.is_disabled());
    let only_vxlan = pools.clone().next().is_some() && pools.all(is_vxlan);
    let calico = &network.calico;
    if no_bgp || only_vxlan || calico.has_own_routing || !calico.peers.is_empty() {
        return;
    }
    for (object, bgp) in &calico.bgp {
        let mesh = bgp.node_to_node_mesh_enabled.known().filter(|mesh| !mesh.value);
        let Some(mesh) = mesh.filter(|_| object.name() == "default") else { continue };
        findings.add(
            Diagnostic::info(mesh.label(""), "no mesh between nodes, and no BGPPeer either")
                .help("add the BGPPeers, or leave the mesh on: without either no node learns routes to the pods of others"),
        );
    }
}

/// Felix makes the routes of VXLAN by itself.
fn is_vxlan(pool: &IpPool<'_>) -> bool {
    let mode = pool.spec.vxlan_mode.value();
    mode.is_some_and(|mode| matches!(mode.as_str(), "Always" | "CrossSubnet"))
}
