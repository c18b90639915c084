//! OpenShift: `install-config.yaml`, and the Network objects of its operator.
//!
//! Fields of older versions are only noticed, so that no default takes their place.
//! <https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/installing_on_any_platform/installing-platform-agnostic>

use serde::Deserialize;

use super::List;
use super::kubernetes::{Presence, spec};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum OpenShift {
    InstallConfig(Box<InstallConfig>),
    /// Of the groups `operator.openshift.io` and `config.openshift.io`.
    Network(Box<NetworkSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstallConfig {
    pub networking: Field<Networking>,
    pub compute: List<MachinePool>,
    pub control_plane: Field<MachinePool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Networking {
    /// Absent: 10.128.0.0/14 with a prefix of 23 for each node.
    pub cluster_network: List<ClusterNetwork>,
    /// Absent: 172.30.0.0/16.
    pub service_network: List<String>,
    /// Absent: 10.0.0.0/16.
    pub machine_network: List<MachineNetwork>,
    /// Absent: OVNKubernetes.
    pub network_type: Field<String>,
    /// What `clusterNetwork`, `serviceNetwork` and `machineNetwork` were once called.
    #[serde(rename = "clusterNetworks")]
    pub old_cluster_networks: Field<Presence>,
    #[serde(rename = "serviceCIDR")]
    pub old_service_cidr: Field<String>,
    #[serde(rename = "machineCIDR")]
    pub old_machine_cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterNetwork {
    pub cidr: Field<String>,
    /// The prefix length of a node's range; absent: 23, and 64 for IPv6.
    pub host_prefix: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineNetwork {
    pub cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachinePool {
    pub name: Field<String>,
    pub replicas: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkSpec {
    pub cluster_network: List<ClusterNetwork>,
    pub service_network: List<String>,
    pub default_network: Field<DefaultNetwork>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefaultNetwork {
    #[serde(rename = "type")]
    pub kind: Field<String>,
}

/// Whether a document is an `install-config.yaml`, which has no `kind`.
pub fn is_install_config(node: Node<'_>) -> bool {
    let is_map = |key: &str| node.get(key).is_some_and(Node::is_map);
    node.get("baseDomain").is_some()
        && is_map("platform")
        && (is_map("networking") || is_map("controlPlane") || node.get("compute").is_some())
}

pub fn read_install_config(node: Node<'_>) -> Option<OpenShift> {
    Some(OpenShift::InstallConfig(Box::new(decode(node).0?)))
}

pub fn read(kind: &str, node: Node<'_>) -> Option<OpenShift> {
    (kind == "Network").then(|| spec(node).map(OpenShift::Network)).flatten()
}
