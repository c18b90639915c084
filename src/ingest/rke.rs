//! The `cluster.yml` of RKE, Rancher's first installer.
//!
//! <https://rke.docs.rancher.com/config-options>; Rancher keeps the same below
//! `rancher_kubernetes_engine_config`.

use serde::Deserialize;

use super::List;
use super::flags::{ExtraArgs, of_extra_args};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeCluster {
    pub nodes: List<RkeNode>,
    pub network: Field<RkeNetwork>,
    pub services: Field<RkeServices>,
    pub kubernetes_version: Field<String>,
    #[serde(skip)]
    pub extra_args: RkeExtraArgs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeNode {
    /// Where RKE reaches it: an address or a name.
    pub address: Field<String>,
    /// Absent: `address`.
    pub internal_address: Field<String>,
    pub hostname_override: Field<String>,
    pub role: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeNetwork {
    /// `canal`, `flannel`, `calico`, `weave`, `aci` or `none`; absent: `canal`.
    pub plugin: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RkeServices {
    pub kube_api: Field<RkeApiServer>,
    pub kube_controller: Field<RkeController>,
    pub kubelet: Field<RkeKubelet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeApiServer {
    /// Absent: 10.43.0.0/16.
    pub service_cluster_ip_range: Field<String>,
    pub service_node_port_range: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeController {
    /// Absent: 10.42.0.0/16.
    pub cluster_cidr: Field<String>,
    /// Absent: 10.43.0.0/16.
    pub service_cluster_ip_range: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RkeKubelet {
    /// Absent: `cluster.local`.
    pub cluster_domain: Field<String>,
    /// Absent: 10.43.0.10, whatever the range of Services is.
    pub cluster_dns_server: Field<String>,
}

/// Flags that RKE hands on to components.
#[derive(Clone, Debug, Default)]
pub struct RkeExtraArgs {
    pub api_server: ExtraArgs,
    pub controller_manager: ExtraArgs,
    pub kubelet: ExtraArgs,
    pub kube_proxy: ExtraArgs,
}

/// Whether a document is a cluster of RKE: by its services, or by nodes with roles.
pub fn is_cluster(node: Node<'_>) -> bool {
    let node = inner(node);
    let first = node.get("nodes").and_then(|nodes| nodes.items().next());
    let has_nodes = first.is_some_and(|first| {
        let has = |key| first.get(key).is_some();
        has("address") && has("role") && (has("user") || has("internal_address"))
    });
    if has_nodes {
        return true;
    }
    let Some(services) = node.get("services") else { return false };
    let is_map = |key| services.get(key).is_some_and(Node::is_map);
    (is_map("kube-controller") || is_map("kube-api"))
        && ["nodes", "network", "kubernetes_version", "ssh_key_path", "ingress"]
            .iter()
            .any(|key| node.get(key).is_some())
}

fn inner(node: Node<'_>) -> Node<'_> {
    node.get("rancher_kubernetes_engine_config").unwrap_or(node)
}

pub fn read(node: Node<'_>) -> Option<RkeCluster> {
    let node = inner(node);
    let mut cluster: RkeCluster = decode(node).0?;
    let args = |service| of_extra_args(node.at(&["services", service, "extra_args"]));
    cluster.extra_args = RkeExtraArgs {
        api_server: args("kube-api"),
        controller_manager: args("kube-controller"),
        kubelet: args("kubelet"),
        kube_proxy: args("kubeproxy"),
    };
    Some(cluster)
}
