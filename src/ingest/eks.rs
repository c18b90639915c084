//! Amazon EKS: eksctl's ClusterConfig, and the NodeConfig that nodeadm reads on a node.
//!
//! <https://eksctl.io/usage/schema/> and
//! <https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/>. Subnets of `vpc.subnets` are taken
//! together, whatever zone they are in.

use serde::Deserialize;

use super::component_config::KubeletConfiguration;
use super::kubernetes::Presence;
use super::{List, Map};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum Eks {
    Eksctl(Box<ClusterConfig>),
    NodeConfig(Box<NodeConfig>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterConfig {
    pub metadata: Field<ClusterMeta>,
    pub vpc: Field<Vpc>,
    pub kubernetes_network_config: Field<NetworkConfig>,
    pub remote_network_config: Field<RemoteNetworks>,
    pub managed_node_groups: List<NodeGroup>,
    pub node_groups: List<NodeGroup>,
    pub addons: List<Addon>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClusterMeta {
    /// The version of Kubernetes.
    pub version: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vpc {
    /// Of a network that exists already.
    pub id: Field<String>,
    /// Absent, when the network is to be made: 192.168.0.0/16.
    pub cidr: Field<String>,
    #[serde(rename = "extraCIDRs")]
    pub extra_cidrs: List<String>,
    pub subnets: Field<Subnets>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subnets {
    pub private: Map<Subnet>,
    pub public: Map<Subnet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subnet {
    pub cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkConfig {
    /// Absent: EKS chooses.
    #[serde(rename = "serviceIPv4CIDR")]
    pub service_ipv4_cidr: Field<String>,
    /// `IPv4` or `IPv6`.
    pub ip_family: Field<String>,
}

/// Networks of machines and pods outside AWS.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RemoteNetworks {
    pub remote_node_networks: List<RemoteNetwork>,
    pub remote_pod_networks: List<RemoteNetwork>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoteNetwork {
    pub cidrs: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeGroup {
    pub name: Field<String>,
    pub instance_type: Field<String>,
    pub instance_types: List<String>,
    pub max_pods_per_node: Field<i64>,
    pub min_size: Field<i64>,
    pub max_size: Field<i64>,
    /// Machines of several types.
    pub instances_distribution: Field<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Addon {
    pub name: Field<String>,
    /// `v1.11.4-eksbuild.2`, or `latest`.
    pub version: Field<String>,
    /// YAML or JSON, as text.
    pub configuration_values: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeConfig {
    pub cluster: Field<NodeCluster>,
    pub kubelet: Field<NodeKubelet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeCluster {
    pub name: Field<String>,
    /// The range of Services.
    pub cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeKubelet {
    /// Fields of a KubeletConfiguration.
    pub config: Field<KubeletConfiguration>,
    /// `--name=value`.
    pub flags: List<String>,
}

pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Eks> {
    Some(match (group, kind) {
        ("eksctl.io", "ClusterConfig") => Eks::Eksctl(Box::new(decode(node).0?)),
        ("node.eks.aws", "NodeConfig") => Eks::NodeConfig(Box::new(decode(node.get("spec")?).0?)),
        _ => return None,
    })
}

impl ClusterConfig {
    pub fn groups(&self) -> impl Iterator<Item = &NodeGroup> {
        let managed = self.managed_node_groups.items().iter();
        managed.chain(self.node_groups.items()).filter_map(Field::value)
    }
}
