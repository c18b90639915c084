//! Calico: pools of addresses, the operator's Installation, and what sets MTU and routing.
//!
//! `crd.projectcalico.org/v1` has the same `spec` as `projectcalico.org/v3`, and nothing validates
//! it. <https://docs.tigera.io/calico/latest/reference/resources/>

use serde::Deserialize;

use super::List;
use super::kubernetes::spec;
use crate::syntax::Node;
use crate::syntax::decode::Field;

#[derive(Debug)]
pub enum Calico {
    IpPool(Box<IpPoolSpec>),
    Installation(Box<InstallationSpec>),
    Felix(Box<FelixSpec>),
    Bgp(Box<BgpSpec>),
    /// That there is one is all that is read.
    BgpPeer,
    IpReservation(Box<IpReservationSpec>),
    Ipam(Box<IpamSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpPoolSpec {
    pub cidr: Field<String>,
    /// Absent or 0: 26, and 122 for IPv6.
    pub block_size: Field<i64>,
    /// Always, CrossSubnet or Never; absent: Never.
    pub ipip_mode: Field<String>,
    pub vxlan_mode: Field<String>,
    pub nat_outgoing: Field<bool>,
    pub disabled: Field<bool>,
    #[serde(rename = "disableBGPExport")]
    pub disable_bgp_export: Field<bool>,
    /// Absent: `all()`.
    pub node_selector: Field<String>,
    pub namespace_selector: Field<String>,
    /// Workload, Tunnel, LoadBalancer; absent: the first two.
    pub allowed_uses: List<String>,
    /// Automatic or Manual.
    pub assignment_mode: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstallationSpec {
    pub kubernetes_provider: Field<String>,
    pub cni: Field<InstallationCni>,
    pub calico_network: Field<CalicoNetwork>,
    #[serde(rename = "serviceCIDRs")]
    pub service_cidrs: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InstallationCni {
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub ipam: Field<InstallationIpam>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InstallationIpam {
    #[serde(rename = "type")]
    pub kind: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CalicoNetwork {
    /// Enabled or Disabled.
    pub bgp: Field<String>,
    /// Absent: one pool, the pod range of kubeadm or else 192.168.0.0/16. Empty: none.
    pub ip_pools: List<InstallationPool>,
    pub mtu: Field<i64>,
    /// Iptables, BPF, VPP or Nftables.
    pub linux_dataplane: Field<String>,
    /// Enabled lets the operator switch kube-proxy off and on; absent: Disabled.
    pub kube_proxy_management: Field<String>,
    /// `BIRD`, or who else programs routes; absent: BIRD.
    pub cluster_routing_mode: Field<String>,
    #[serde(rename = "nodeAddressAutodetectionV4")]
    pub autodetection_v4: Field<Autodetection>,
    #[serde(rename = "nodeAddressAutodetectionV6")]
    pub autodetection_v6: Field<Autodetection>,
    pub host_ports: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstallationPool {
    pub name: Field<String>,
    pub cidr: Field<String>,
    pub block_size: Field<i64>,
    /// IPIP, IPIPCrossSubnet, VXLAN, VXLANCrossSubnet or None; absent: IPIP.
    pub encapsulation: Field<String>,
    pub nat_outgoing: Field<String>,
    pub node_selector: Field<String>,
    pub allowed_uses: List<String>,
    pub assignment_mode: Field<String>,
    #[serde(rename = "disableBGPExport")]
    pub disable_bgp_export: Field<bool>,
    pub disable_new_allocations: Field<bool>,
}

/// How a node finds its address; one of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Autodetection {
    pub first_found: Field<bool>,
    pub kubernetes: Field<String>,
    pub interface: Field<String>,
    pub skip_interface: Field<String>,
    pub can_reach: Field<String>,
    pub cidrs: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FelixSpec {
    /// MTUs: absent or 0 means the host's minus the overhead.
    #[serde(rename = "ipipMTU")]
    pub ipip_mtu: Field<i64>,
    #[serde(rename = "vxlanMTU")]
    pub vxlan_mtu: Field<i64>,
    #[serde(rename = "vxlanMTUV6")]
    pub vxlan_mtu_v6: Field<i64>,
    #[serde(rename = "wireguardMTU")]
    pub wireguard_mtu: Field<i64>,
    #[serde(rename = "wireguardMTUV6")]
    pub wireguard_mtu_v6: Field<i64>,
    pub mtu_iface_pattern: Field<String>,
    pub vxlan_port: Field<i64>,
    #[serde(rename = "vxlanVNI")]
    pub vxlan_vni: Field<i64>,
    pub ipip_enabled: Field<bool>,
    pub vxlan_enabled: Field<bool>,
    pub wireguard_enabled: Field<bool>,
    #[serde(rename = "wireguardEnabledV6")]
    pub wireguard_enabled_v6: Field<bool>,
    pub wireguard_listening_port: Field<i64>,
    pub bpf_enabled: Field<bool>,
    /// False leaves the rules of a kube-proxy that has to stay; absent: true.
    pub bpf_kube_proxy_iptables_cleanup_enabled: Field<bool>,
    /// Whether Felix makes the routes to pods of other nodes that are otherwise BGP's.
    pub program_cluster_routes: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BgpSpec {
    /// Which routes to pods of other nodes BGP makes; Felix makes the others.
    pub program_cluster_routes: Field<String>,
    pub as_number: Field<i64>,
    pub node_to_node_mesh_enabled: Field<bool>,
    pub listen_port: Field<i64>,
    #[serde(rename = "serviceClusterIPs")]
    pub service_cluster_ips: List<CidrBlock>,
    #[serde(rename = "serviceExternalIPs")]
    pub service_external_ips: List<CidrBlock>,
    #[serde(rename = "serviceLoadBalancerIPs")]
    pub service_load_balancer_ips: List<CidrBlock>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CidrBlock {
    pub cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IpReservationSpec {
    #[serde(rename = "reservedCIDRs")]
    pub reserved_cidrs: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpamSpec {
    /// Nodes never borrow addresses from each other's blocks.
    pub strict_affinity: Field<bool>,
    /// Absent or 0: 20.
    pub max_blocks_per_host: Field<i64>,
}

/// Reads an object by its group and kind.
pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Calico> {
    Some(match (group, kind) {
        ("operator.tigera.io", "Installation") => Calico::Installation(spec(node)?),
        ("projectcalico.org" | "crd.projectcalico.org", kind) => match kind {
            "IPPool" => Calico::IpPool(spec(node)?),
            "FelixConfiguration" => Calico::Felix(spec(node)?),
            "BGPPeer" => Calico::BgpPeer,
            "BGPConfiguration" => Calico::Bgp(spec(node)?),
            "IPReservation" => Calico::IpReservation(spec(node)?),
            "IPAMConfiguration" | "IPAMConfig" => Calico::Ipam(spec(node)?),
            _ => return None,
        },
        _ => return None,
    })
}
