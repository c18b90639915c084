//! The fields of MetalLB's objects and of Cilium's pools: `metallb.io_*.yaml` of MetalLB 0.15,
//! `lbipam_types.go` of Cilium 1.18. The API server refuses or drops what their schemas lack.

use super::{Type, leaf};

pub(super) fn root(group: &str, kind: &str) -> Option<&'static Type> {
    Some(match (group, kind) {
        ("metallb.io", "IPAddressPool") => &IP_ADDRESS_POOL,
        ("metallb.io", "L2Advertisement") => &L2_ADVERTISEMENT,
        ("metallb.io", "BGPAdvertisement") => &BGP_ADVERTISEMENT,
        ("cilium.io", "CiliumLoadBalancerIPPool") => &CILIUM_POOL,
        _ => return None,
    })
}

const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

static IP_ADDRESS_POOL: Type =
    Type { name: "IPAddressPool", fields: OBJECT, children: &[("spec", &IP_ADDRESS_POOL_SPEC)] };

static IP_ADDRESS_POOL_SPEC: Type = Type {
    name: "IPAddressPoolSpec",
    fields: &["addresses", "autoAssign", "avoidBuggyIPs", "serviceAllocation"],
    children: &[("serviceAllocation", &SERVICE_ALLOCATION)],
};

static SERVICE_ALLOCATION: Type = leaf(
    "ServiceAllocation",
    &["namespaceSelectors", "namespaces", "priority", "serviceSelectors"],
);

static L2_ADVERTISEMENT: Type =
    Type { name: "L2Advertisement", fields: OBJECT, children: &[("spec", &L2_ADVERTISEMENT_SPEC)] };

static L2_ADVERTISEMENT_SPEC: Type = leaf(
    "L2AdvertisementSpec",
    &[
        "interfaces",
        "ipAddressPoolSelectors",
        "ipAddressPools",
        "nodeSelectors",
        "preferredNodeSelectors",
        "serviceSelectors",
    ],
);

static BGP_ADVERTISEMENT: Type = Type {
    name: "BGPAdvertisement",
    fields: OBJECT,
    children: &[("spec", &BGP_ADVERTISEMENT_SPEC)],
};

static BGP_ADVERTISEMENT_SPEC: Type = leaf(
    "BGPAdvertisementSpec",
    &[
        "aggregationLength",
        "aggregationLengthV6",
        "communities",
        "ipAddressPoolSelectors",
        "ipAddressPools",
        "localPref",
        "nodeSelectors",
        "peers",
        "serviceSelectors",
    ],
);

static CILIUM_POOL: Type = Type {
    name: "CiliumLoadBalancerIPPool",
    fields: OBJECT,
    children: &[("spec", &CILIUM_POOL_SPEC)],
};

static CILIUM_POOL_SPEC: Type = Type {
    name: "CiliumLoadBalancerIPPoolSpec",
    fields: &["allowFirstLastIPs", "blocks", "cidrs", "disabled", "serviceSelector"],
    children: &[("blocks", &CILIUM_BLOCK), ("cidrs", &CILIUM_BLOCK)],
};

static CILIUM_BLOCK: Type = leaf("CiliumLoadBalancerIPPoolIPBlock", &["cidr", "start", "stop"]);
