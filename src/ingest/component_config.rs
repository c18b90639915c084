//! The configuration files of kubelet and kube-proxy.
//!
//! <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/> and
//! <https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/>. Durations are
//! kept as written, as Go writes them: `1h30m`.

use serde::Deserialize;

use super::kubernetes::Presence;
use super::{List, Map};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum ComponentConfig {
    Kubelet(Box<KubeletConfiguration>),
    KubeProxy(Box<KubeProxyConfiguration>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubeletConfiguration {
    #[serde(rename = "clusterDNS")]
    pub cluster_dns: List<String>,
    pub cluster_domain: Field<String>,
    /// Absent: 110.
    pub max_pods: Field<i64>,
    /// Absent or 0: no limit of its own.
    pub pods_per_core: Field<i64>,
    /// Only of a kubelet without a control plane.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Field<String>,
    /// Absent: `/etc/resolv.conf`; empty: no DNS.
    pub resolv_conf: Field<String>,
    /// The address to listen on.
    pub address: Field<String>,
    pub hairpin_mode: Field<String>,
    pub register_node: Field<bool>,
    pub feature_gates: Map<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubeProxyConfiguration {
    /// Empty: iptables, on Linux.
    pub mode: Field<String>,
    #[serde(rename = "clusterCIDR")]
    pub cluster_cidr: Field<String>,
    /// Absent: ClusterCIDR.
    pub detect_local_mode: Field<String>,
    pub detect_local: Field<DetectLocal>,
    pub bind_address: Field<String>,
    pub healthz_bind_address: Field<String>,
    pub metrics_bind_address: Field<String>,
    pub hostname_override: Field<String>,
    pub node_port_addresses: List<String>,
    pub iptables: Field<PacketFilter>,
    pub nftables: Field<PacketFilter>,
    pub ipvs: Field<Ipvs>,
    pub conntrack: Field<Conntrack>,
    pub client_connection: Field<ClientConnection>,
    pub feature_gates: Map<bool>,
    /// Has no effect since the userspace mode is gone.
    pub port_range: Field<String>,
    /// Only of kube-proxy on Windows.
    pub winkernel: Field<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DetectLocal {
    pub bridge_interface: Field<String>,
    pub interface_name_prefix: Field<String>,
}

/// Of iptables and of nftables.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PacketFilter {
    pub masquerade_all: Field<bool>,
    pub masquerade_bit: Field<i64>,
    pub localhost_node_ports: Field<bool>,
    pub min_sync_period: Field<String>,
    pub sync_period: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Ipvs {
    #[serde(rename = "strictARP")]
    pub strict_arp: Field<bool>,
    pub scheduler: Field<String>,
    #[serde(rename = "excludeCIDRs")]
    pub exclude_cidrs: List<String>,
    pub min_sync_period: Field<String>,
    pub sync_period: Field<String>,
    pub tcp_timeout: Field<String>,
    pub tcp_fin_timeout: Field<String>,
    pub udp_timeout: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Conntrack {
    /// Absent: 32768; 0 leaves the kernel's limit alone.
    pub max_per_core: Field<i64>,
    /// Absent: 131072.
    pub min: Field<i64>,
    pub tcp_established_timeout: Field<String>,
    pub tcp_close_wait_timeout: Field<String>,
    pub udp_timeout: Field<String>,
    pub udp_stream_timeout: Field<String>,
    pub tcp_be_liberal: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientConnection {
    pub qps: Field<f64>,
    pub burst: Field<i64>,
}

/// Reads a configuration by its group and kind.
pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<ComponentConfig> {
    Some(match (group, kind) {
        ("kubelet.config.k8s.io", "KubeletConfiguration") => {
            ComponentConfig::Kubelet(Box::new(decode(node).0?))
        }
        ("kubeproxy.config.k8s.io", "KubeProxyConfiguration") => {
            ComponentConfig::KubeProxy(Box::new(decode(node).0?))
        }
        _ => return None,
    })
}
