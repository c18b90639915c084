//! Node: a machine of the cluster.

use serde::Deserialize;

use crate::ingest::{List, Map};
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeObject {
    pub spec: Field<NodeSpec>,
    pub status: Field<NodeStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Field<String>,
    #[serde(rename = "podCIDRs")]
    pub pod_cidrs: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeStatus {
    pub addresses: List<NodeAddress>,
    pub node_info: Field<NodeInfo>,
    /// `pods` is the number that the kubelet admits.
    pub allocatable: Map<String>,
    pub capacity: Map<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeAddress {
    /// InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS.
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub address: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeInfo {
    pub kubelet_version: Field<String>,
    /// Not set any more since Kubernetes 1.33 (KEP-4004).
    pub kube_proxy_version: Field<String>,
    pub container_runtime_version: Field<String>,
    pub operating_system: Field<String>,
}
