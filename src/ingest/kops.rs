//! kops: Cluster and InstanceGroup.
//!
//! `v1alpha2` has the ranges beside everything else in `spec`, `v1alpha3` under `networking`.
//! <https://kops.sigs.k8s.io/cluster_spec/>

use serde::Deserialize;

use super::List;
use super::kubernetes::Presence;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum Kops {
    Cluster(Box<KopsCluster>),
    InstanceGroup(Box<InstanceGroup>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KopsCluster {
    pub kubernetes_version: Field<String>,
    pub cluster_dns_domain: Field<String>,
    #[serde(rename = "kubeAPIServer")]
    pub kube_api_server: Field<KopsApiServer>,
    pub kube_controller_manager: Field<ControllerManager>,
    pub kubelet: Field<KopsKubelet>,
    #[serde(skip)]
    pub ranges: Ranges,
    #[serde(skip)]
    pub plugin: Plugin,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KopsApiServer {
    pub service_node_port_range: Field<String>,
}

/// What is under `networking` since v1alpha3.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ranges {
    /// Contains the ranges of pods and of Services by design; absent: 100.64.0.0/10.
    #[serde(rename = "nonMasqueradeCIDR")]
    pub non_masquerade_cidr: Field<String>,
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Field<String>,
    #[serde(rename = "serviceClusterIPRange")]
    pub service_cluster_ip_range: Field<String>,
    #[serde(rename = "networkCIDR")]
    pub network_cidr: Field<String>,
    #[serde(rename = "additionalNetworkCIDRs")]
    pub additional_network_cidrs: List<String>,
    pub subnets: List<Subnet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subnet {
    pub name: Field<String>,
    pub cidr: Field<String>,
}

/// The network plugin: a key of `networking` with its settings.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// In small letters: `amazonvpc`, `cilium`, `kuberouter`.
    pub name: Option<Spanned<String>>,
    pub settings: PluginSettings,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PluginSettings {
    /// Of Cilium; absent: `kubernetes`.
    pub ipam: Field<String>,
    /// Of the plugin for Amazon VPC.
    pub env: List<EnvVar>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EnvVar {
    pub name: Field<String>,
    pub value: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ControllerManager {
    #[serde(rename = "clusterCIDR")]
    pub cluster_cidr: Field<String>,
    #[serde(rename = "allocateNodeCIDRs")]
    pub allocate_node_cidrs: Field<bool>,
    #[serde(rename = "nodeCIDRMaskSize")]
    pub node_cidr_mask_size: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KopsKubelet {
    pub max_pods: Field<i64>,
    #[serde(rename = "clusterDNS")]
    pub cluster_dns: Field<String>,
    pub cluster_domain: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstanceGroup {
    /// `Master`, `ControlPlane`, `APIServer`, `Bastion` or `Node`.
    pub role: Field<String>,
    pub machine_type: Field<String>,
    pub min_size: Field<i64>,
    pub max_size: Field<i64>,
    pub kubelet: Field<KopsKubelet>,
    /// Machines of several types: then `machineType` does not say it all.
    pub mixed_instances_policy: Field<Presence>,
}

const PLUGINS: [&str; 15] = [
    "amazonvpc",
    "calico",
    "canal",
    "cilium",
    "cni",
    "flannel",
    "gce",
    "gcp",
    "kindnet",
    "kopeio",
    "kubenet",
    "kuberouter",
    "lyftvpc",
    "romana",
    "weave",
];

pub fn read(api_version: &str, kind: &str, node: Node<'_>) -> Option<Kops> {
    let spec = node.get("spec")?;
    Some(match kind {
        "Cluster" => {
            let mut cluster: KopsCluster = decode(spec).0?;
            let networking = spec.get("networking");
            let ranges = if api_version.ends_with("/v1alpha3") { networking } else { Some(spec) };
            cluster.ranges = ranges.and_then(|node| decode(node).0).unwrap_or_default();
            cluster.plugin = networking.and_then(plugin).unwrap_or_default();
            Kops::Cluster(Box::new(cluster))
        }
        "InstanceGroup" => Kops::InstanceGroup(Box::new(decode(spec).0?)),
        _ => return None,
    })
}

fn plugin(networking: Node<'_>) -> Option<Plugin> {
    networking.entries().find_map(|(key, settings)| {
        let name = key.str()?.to_ascii_lowercase();
        let is_plugin = PLUGINS.contains(&name.as_str()) && settings.is_map();
        is_plugin.then(|| Plugin {
            name: Some(Spanned::new(name, key.span())),
            settings: decode(settings).0.unwrap_or_default(),
        })
    })
}
