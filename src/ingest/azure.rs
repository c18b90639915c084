//! Azure's managed Kubernetes, AKS, as objects of Kubernetes: of the Azure Service Operator, of
//! Cluster API and of Crossplane.
//!
//! They differ in spelling; [`read`] brings them together.
//! <https://azure.github.io/azure-service-operator/reference/containerservice/>

use serde::Deserialize;

use super::List;
use super::cluster_api::Endpoint;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

/// A managed cluster.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Aks {
    pub kubernetes_version: Field<String>,
    /// What Cluster API calls it.
    pub version: Field<String>,
    pub control_plane_endpoint: Field<Endpoint>,
    #[serde(skip)]
    pub network: NetworkProfile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkProfile {
    /// `azure`, `kubenet` or `none`.
    pub network_plugin: Field<String>,
    /// `overlay`: pods have addresses of their own.
    pub network_plugin_mode: Field<String>,
    pub pod_cidr: Field<String>,
    pub pod_cidrs: List<String>,
    pub service_cidr: Field<String>,
    pub service_cidrs: List<String>,
    #[serde(rename = "dnsServiceIP")]
    pub dns_service_ip: Field<String>,
    /// Crossplane's spelling.
    #[serde(rename = "dnsServiceIp")]
    pub dns_service_ip_of_crossplane: Field<String>,
}

pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Aks> {
    let spec = node.get("spec")?;
    let (owner, network) = match (group, kind) {
        ("containerservice.azure.com", "ManagedCluster") => (spec, spec.get("networkProfile")),
        (
            "infrastructure.cluster.x-k8s.io" | "controlplane.cluster.x-k8s.io",
            "AzureManagedControlPlane",
        ) => (spec, Some(spec)),
        (group, "KubernetesCluster") if group.starts_with("containerservice.azure.") => {
            let parameters = spec.get("forProvider")?;
            let profile = parameters.get("networkProfile");
            // A list of one in older versions.
            let first = profile.and_then(|profile| profile.items().next());
            (parameters, first.or(profile))
        }
        _ => return None,
    };
    let mut aks: Aks = decode(owner).0?;
    aks.network = network.and_then(|network| decode(network).0).unwrap_or_default();
    Some(aks)
}

impl NetworkProfile {
    pub fn dns_address(&self) -> &Field<String> {
        match &self.dns_service_ip {
            Field::Absent => &self.dns_service_ip_of_crossplane,
            written => written,
        }
    }

    /// Whether pods have addresses of the subnet that the nodes are in: the plugin `azure`
    /// without the mode `overlay`. Absent, the API chooses.
    pub fn pods_share_subnet(&self) -> bool {
        let is = |field: &Field<String>, value: &str| {
            field.value().is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        is(&self.network_plugin, "azure") && self.network_plugin_mode.is_absent()
    }
}
