//! k0s: its ClusterConfig, and the clusters that k0sctl installs it to.
//!
//! <https://docs.k0sproject.io/stable/configuration/> and <https://github.com/k0sproject/k0sctl>.

use serde::Deserialize;

use super::List;
use super::flags::{ExtraArgs, of_extra_args};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug, Default)]
pub struct K0sCluster {
    /// `None` for a cluster of k0sctl that says nothing about it.
    pub spec: Option<K0sSpec>,
    /// Where the configuration stands inside the cluster of k0sctl; empty for one of its own.
    pub hosts: List<K0sHost>,
    pub version: Field<String>,
    pub api_server_args: ExtraArgs,
    pub controller_manager_args: ExtraArgs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct K0sSpec {
    pub network: Field<K0sNetwork>,
    pub api: Field<K0sApi>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct K0sNetwork {
    /// Absent: 10.244.0.0/16.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Field<String>,
    /// Absent: 10.96.0.0/12.
    #[serde(rename = "serviceCIDR")]
    pub service_cidr: Field<String>,
    pub cluster_domain: Field<String>,
    /// `kuberouter`, `calico` or `custom`; absent: `kuberouter`.
    pub provider: Field<String>,
    pub dual_stack: Field<K0sDualStack>,
    pub kube_proxy: Field<K0sKubeProxy>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct K0sDualStack {
    pub enabled: Field<bool>,
    #[serde(rename = "IPv6podCIDR")]
    pub pod_cidr: Field<String>,
    #[serde(rename = "IPv6serviceCIDR")]
    pub service_cidr: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct K0sKubeProxy {
    pub disabled: Field<bool>,
    pub mode: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct K0sApi {
    pub address: Field<String>,
    pub external_address: Field<String>,
}

/// A host of k0sctl.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct K0sHost {
    /// `controller`, `controller+worker`, `single` or `worker`.
    pub role: Field<String>,
    pub ssh: Field<K0sConnection>,
    pub open_ssh: Field<K0sConnection>,
    pub private_address: Field<String>,
    pub hostname: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct K0sConnection {
    pub address: Field<String>,
}

pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<K0sCluster> {
    let spec = node.get("spec")?;
    let (config, hosts, version) = match (group, kind) {
        ("k0s.k0sproject.io", "ClusterConfig") => (Some(spec), None, None),
        ("k0sctl.k0sproject.io", "Cluster") => {
            (spec.at(&["k0s", "config", "spec"]), spec.get("hosts"), spec.at(&["k0s", "version"]))
        }
        _ => return None,
    };
    let args = |component: &str| {
        of_extra_args(config.and_then(|config| config.at(&[component, "extraArgs"])))
    };
    Some(K0sCluster {
        spec: config.and_then(|config| decode(config).0),
        hosts: hosts.and_then(|hosts| decode(hosts).0).unwrap_or_default(),
        version: version.and_then(|version| decode(version).0).unwrap_or_default(),
        api_server_args: args("api"),
        controller_manager_args: args("controllerManager"),
    })
}
