//! Cilium: its settings, whether in the ConfigMap `cilium-config` or in the values of its chart,
//! and its own pools of addresses for pods.
//!
//! The chart writes the ConfigMap, so both have the same settings under other names:
//! `install/kubernetes/cilium/templates/cilium-configmap.yaml` of <https://github.com/cilium/cilium>.

use serde::Deserialize;

use super::charts::Values;
use super::kubernetes::spec;
use super::{List, Map};
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::syntax::decode::Field;

/// What one place says about Cilium. Switches and numbers are kept as they are written, because
/// the ConfigMap has them as text.
#[derive(Clone, Debug, Default)]
pub struct CiliumConfig {
    /// The names that its settings have here.
    pub notation: Notation,
    /// `cluster-pool`, `kubernetes`, `multi-pool`, `eni` …
    pub ipam: Field<String>,
    pub ipv4: CiliumFamily,
    pub ipv6: CiliumFamily,
    /// Pools of the mode `multi-pool` that the operator creates when it starts.
    pub pools: Vec<(String, PodIpPoolSpec)>,
    /// `tunnel` or `native`; absent or empty: `tunnel`.
    pub routing_mode: Field<String>,
    /// What says it before 1.14: `vxlan`, `geneve` or `disabled`.
    pub tunnel: Field<String>,
    /// `vxlan` or `geneve`.
    pub tunnel_protocol: Field<String>,
    pub tunnel_port: Field<String>,
    /// The MTU between the nodes, not that of pods; absent or 0: that of the interface.
    pub mtu: Field<String>,
    pub auto_direct_node_routes: Field<String>,
    /// Whether a list of ranges says what keeps its address, rather than one range.
    pub ip_masq_agent: Field<String>,
    /// Of the chart since 1.20: the pool is the range that is routed.
    pub native_routing_from_pool: Field<String>,
    pub kube_proxy_replacement: Field<String>,
    pub cluster_name: Field<String>,
    pub cluster_id: Field<String>,
    pub max_connected_clusters: Field<String>,
    /// Whether a cluster mesh is switched on, by its API server or by the list of clusters.
    pub mesh: Field<String>,
    /// The names of the clusters that it connects to.
    pub mesh_clusters: Vec<Spanned<String>>,
    pub wireguard: Field<String>,
    pub ipsec: Field<String>,
    /// The plugin whose pods Cilium looks after, and which gives them their addresses.
    pub chaining_mode: Field<String>,
    /// Of the chart: switches for clouds, which change how pods get addresses.
    pub clouds: Vec<Spanned<String>>,
}

/// The settings that each family of addresses has.
#[derive(Clone, Debug, Default)]
pub struct CiliumFamily {
    pub enabled: Field<String>,
    /// The ranges of the mode `cluster-pool`.
    pub pools: Field<Vec<Spanned<String>>>,
    pub mask_size: Field<String>,
    /// What is reached without encapsulation and without another address.
    pub native_routing: Field<String>,
    pub masquerade: Field<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// `cilium-config`.
    #[default]
    ConfigMap,
    /// Values of the chart.
    Values,
}

/// `spec` of a CiliumPodIPPool.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodIpPoolSpec {
    pub ipv4: Field<PodIpPool>,
    pub ipv6: Field<PodIpPool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodIpPool {
    pub cidrs: List<String>,
    pub mask_size: Field<i64>,
}

/// `spec` of a CiliumNode, as far as it is about ranges.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CiliumNodeSpec {
    pub ipam: Field<CiliumNodeIpam>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CiliumNodeIpam {
    #[serde(rename = "podCIDRs")]
    pub pod_cidrs: List<String>,
}

/// An object of the group `cilium.io`.
#[derive(Debug)]
pub enum Cilium {
    PodIpPool(Box<PodIpPoolSpec>),
    Node(Box<CiliumNodeSpec>),
}

pub fn read(kind: &str, node: Node<'_>) -> Option<Cilium> {
    Some(match kind {
        "CiliumPodIPPool" => Cilium::PodIpPool(spec(node)?),
        "CiliumNode" => Cilium::Node(spec(node)?),
        _ => return None,
    })
}

/// What separates the ranges of a list in the ConfigMap: blanks since there are lists, and commas
/// in what people write.
const SEPARATORS: [char; 5] = [' ', ',', '\t', '\n', '\r'];

impl CiliumConfig {
    pub fn of_config_map(data: &Map<String>) -> CiliumConfig {
        let text = |key: &str| match data {
            Field::Known(data) => data.get(key).cloned().unwrap_or_default(),
            Field::Absent => Field::Absent,
            Field::Unknown(span) => Field::Unknown(*span),
        };
        let family = |family: &str, enabled, native, masquerade| CiliumFamily {
            enabled: text(enabled),
            pools: split(text(&format!("cluster-pool-{family}-cidr"))),
            mask_size: text(&format!("cluster-pool-{family}-mask-size")),
            native_routing: text(native),
            masquerade: text(masquerade),
        };
        let ipv4 = ("enable-ipv4", "ipv4-native-routing-cidr", "enable-ipv4-masquerade");
        let ipv6 = ("enable-ipv6", "ipv6-native-routing-cidr", "enable-ipv6-masquerade");
        CiliumConfig {
            notation: Notation::ConfigMap,
            ipam: text("ipam"),
            ipv4: family("ipv4", ipv4.0, ipv4.1, ipv4.2),
            ipv6: family("ipv6", ipv6.0, ipv6.1, ipv6.2),
            pools: Vec::new(),
            routing_mode: text("routing-mode"),
            tunnel: text("tunnel"),
            tunnel_protocol: text("tunnel-protocol"),
            tunnel_port: text("tunnel-port"),
            mtu: text("mtu"),
            auto_direct_node_routes: text("auto-direct-node-routes"),
            ip_masq_agent: text("enable-ip-masq-agent"),
            native_routing_from_pool: Field::Absent,
            kube_proxy_replacement: text("kube-proxy-replacement"),
            cluster_name: text("cluster-name"),
            cluster_id: text("cluster-id"),
            max_connected_clusters: text("max-connected-clusters"),
            mesh: Field::Absent,
            mesh_clusters: Vec::new(),
            wireguard: text("enable-wireguard"),
            ipsec: text("enable-ipsec"),
            chaining_mode: text("cni-chaining-mode"),
            clouds: Vec::new(),
        }
    }

    pub fn of_values(values: &Values<'_>) -> CiliumConfig {
        let text = |path: &[&str]| values.text(path);
        let family = |name: &str, lower: &str| {
            let operator = |field: &str| ["ipam", "operator", field].map(str::to_owned);
            let list = values.texts(&operator(&format!("clusterPool{name}PodCIDRList")));
            // The chart before 1.14 has one range.
            let single = || values.texts(&operator(&format!("clusterPool{name}PodCIDR")));
            CiliumFamily {
                enabled: text(&[lower, "enabled"]),
                pools: if list.is_absent() { single() } else { list },
                mask_size: values.text(&operator(&format!("clusterPool{name}MaskSize"))),
                native_routing: either(
                    text(&[&format!("{lower}NativeRoutingCIDR")]),
                    text(&["extraConfig", &format!("{lower}-native-routing-cidr")]),
                ),
                masquerade: text(&[&format!("enable{name}Masquerade")]),
            }
        };
        let encryption = |kind: &str| {
            let enabled = text(&["encryption", "enabled"]);
            match text(&["encryption", "type"]) {
                Field::Known(chosen) if chosen.value == kind => enabled,
                // The chart's own default is IPsec.
                Field::Absent if kind == "ipsec" => enabled,
                Field::Unknown(span) if !enabled.is_absent() => Field::Unknown(span),
                _ => Field::Absent,
            }
        };
        let mesh =
            [["clustermesh", "useAPIServer"].as_slice(), &["clustermesh", "config", "enabled"]];
        let mesh = mesh.into_iter().map(text).find(is_on).unwrap_or_default();
        let clouds = ["aksbyocni", "alibabacloud", "azure", "eni", "gke"].into_iter();
        let clouds = clouds.filter_map(|cloud| {
            let switch = text(&[cloud, "enabled"]);
            let span = switch.span().filter(|_| is_on(&switch) || switch.is_unknown())?;
            Some(Spanned::new(cloud.to_owned(), span))
        });
        CiliumConfig {
            notation: Notation::Values,
            ipam: text(&["ipam", "mode"]),
            ipv4: family("IPv4", "ipv4"),
            ipv6: family("IPv6", "ipv6"),
            pools: created_pools(values),
            routing_mode: text(&["routingMode"]),
            tunnel: text(&["tunnel"]),
            tunnel_protocol: text(&["tunnelProtocol"]),
            tunnel_port: text(&["tunnelPort"]),
            mtu: text(&["MTU"]),
            auto_direct_node_routes: text(&["autoDirectNodeRoutes"]),
            ip_masq_agent: text(&["ipMasqAgent", "enabled"]),
            native_routing_from_pool: text(&["nativeRoutingCIDRFromClusterPool"]),
            kube_proxy_replacement: text(&["kubeProxyReplacement"]),
            cluster_name: text(&["cluster", "name"]),
            cluster_id: text(&["cluster", "id"]),
            max_connected_clusters: text(&["clustermesh", "maxConnectedClusters"]),
            mesh,
            mesh_clusters: mesh_clusters(values),
            wireguard: encryption("wireguard"),
            ipsec: encryption("ipsec"),
            chaining_mode: text(&["cni", "chainingMode"]),
            clouds: clouds.collect(),
        }
    }

    /// What a setting is called here.
    pub fn name(&self, in_config_map: &'static str, in_values: &'static str) -> &'static str {
        match self.notation {
            Notation::ConfigMap => in_config_map,
            Notation::Values => in_values,
        }
    }
}

/// What the second place says, which goes over the first, or else the first.
fn either(first: Field<String>, second: Field<String>) -> Field<String> {
    if second.is_absent() { first } else { second }
}

/// Whether a switch is on.
pub fn is_on(switch: &Field<String>) -> bool {
    switch.value().is_some_and(|text| matches!(text.trim(), "true" | "True" | "yes" | "on"))
}

/// Whether a switch is off.
pub fn is_off(switch: &Field<String>) -> bool {
    switch.value().is_some_and(|text| matches!(text.trim(), "false" | "False" | "no" | "off"))
}

pub(super) fn split(field: Field<String>) -> Field<Vec<Spanned<String>>> {
    match field {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => Field::Known(Spanned::new(text.split(&SEPARATORS), text.span)),
    }
}

/// `ipam.operator.autoCreateCiliumPodIPPools`: by name, what a CiliumPodIPPool has as `spec`.
fn created_pools(values: &Values<'_>) -> Vec<(String, PodIpPoolSpec)> {
    let Some(pools) = values.node(&["ipam", "operator", "autoCreateCiliumPodIPPools"]) else {
        return Vec::new();
    };
    let entries = pools.entries().filter_map(|(name, pool)| {
        Some((name.str()?.to_owned(), crate::syntax::decode::decode(pool).0?))
    });
    entries.collect()
}

/// `clustermesh.config.clusters`: a list of maps with a name, or since 1.19 a map by name.
fn mesh_clusters(values: &Values<'_>) -> Vec<Spanned<String>> {
    let Some(clusters) = values.node(&["clustermesh", "config", "clusters"]) else {
        return Vec::new();
    };
    let by_name = clusters.entries().map(|(name, _)| name);
    let listed = clusters.items().filter_map(|cluster| cluster.get("name"));
    let names = by_name.chain(listed).filter(|name| !name.is_templated());
    let place = |node: Node<'_>| -> Span { node.span() };
    names.filter_map(|name| Some(Spanned::new(name.str()?.to_owned(), place(name)))).collect()
}
