//! kubeadm's configuration, `kubeadm.k8s.io`: how the cluster, its control plane and its nodes are
//! set up.
//!
//! The versions differ in `extraArgs` (see [`super::flags`]) and in what nobody reads here.
//! <https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>

use serde::Deserialize;

use super::flags::{ExtraArgs, of_extra_args};
use super::kubernetes::Presence;
use super::{List, Map};
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum Kubeadm {
    Cluster(Box<ClusterConfiguration>),
    Init(Box<InitConfiguration>),
    Join(Box<JoinConfiguration>),
}

/// What holds for the whole cluster.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterConfiguration {
    pub cluster_name: Field<String>,
    pub kubernetes_version: Field<String>,
    /// `host[:port]`.
    pub control_plane_endpoint: Field<String>,
    pub networking: Field<Networking>,
    pub feature_gates: Map<bool>,
    pub image_repository: Field<String>,
    pub dns: Field<Dns>,
    pub proxy: Field<Addon>,
    #[serde(skip)]
    pub api_server: ControlPlaneComponent,
    #[serde(skip)]
    pub controller_manager: ControlPlaneComponent,
    #[serde(skip)]
    pub scheduler: ControlPlaneComponent,
    /// That of the control plane, not one elsewhere.
    #[serde(skip)]
    pub etcd: ControlPlaneComponent,
    /// It stands inside another object, which fills in what it leaves out.
    #[serde(skip)]
    pub is_part: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Networking {
    /// One range, or one of each family with a comma; absent: 10.96.0.0/12.
    pub service_subnet: Field<String>,
    /// As above; without one, nodes get no ranges from the controller manager.
    pub pod_subnet: Field<String>,
    /// Absent: `cluster.local`.
    pub dns_domain: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Dns {
    pub image_repository: Field<String>,
    pub image_tag: Field<String>,
    pub disabled: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Addon {
    pub disabled: Field<bool>,
}

#[derive(Clone, Debug, Default)]
pub struct ControlPlaneComponent {
    pub extra_args: ExtraArgs,
    /// The API server's only.
    pub cert_sans: List<String>,
}

/// What holds for the first node of the control plane.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InitConfiguration {
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: Field<ApiEndpoint>,
    pub node_registration: Field<NodeRegistration>,
    /// `addon/kube-proxy`, for one.
    pub skip_phases: List<String>,
    #[serde(skip)]
    pub kubelet_extra_args: ExtraArgs,
}

/// What holds for a node that joins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct JoinConfiguration {
    /// Absent for a node that is no part of the control plane.
    pub control_plane: Field<JoinControlPlane>,
    pub node_registration: Field<NodeRegistration>,
    pub discovery: Field<Discovery>,
    #[serde(skip)]
    pub kubelet_extra_args: ExtraArgs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JoinControlPlane {
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: Field<ApiEndpoint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApiEndpoint {
    /// Absent: the address of the interface with the default route.
    pub advertise_address: Field<String>,
    pub bind_port: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeRegistration {
    /// Absent: the host's name.
    pub name: Field<String>,
    pub cri_socket: Field<String>,
    /// Absent: the one that keeps pods off the control plane. Empty: none.
    pub taints: List<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Discovery {
    pub bootstrap_token: Field<BootstrapToken>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BootstrapToken {
    /// `host:port`.
    pub api_server_endpoint: Field<String>,
}

/// Reads a document of the group `kubeadm.k8s.io`; `None` for kinds that no rule looks at.
pub fn read(kind: &str, node: Node<'_>) -> Option<Kubeadm> {
    Some(match kind {
        "ClusterConfiguration" => {
            let mut cluster: ClusterConfiguration = decode(node).0?;
            cluster.api_server = component(node.get("apiServer"));
            cluster.controller_manager = component(node.get("controllerManager"));
            cluster.scheduler = component(node.get("scheduler"));
            cluster.etcd = component(node.at(&["etcd", "local"]));
            Kubeadm::Cluster(Box::new(cluster))
        }
        "InitConfiguration" => {
            let mut init: InitConfiguration = decode(node).0?;
            init.kubelet_extra_args = kubelet_extra_args(node);
            Kubeadm::Init(Box::new(init))
        }
        "JoinConfiguration" => {
            let mut join: JoinConfiguration = decode(node).0?;
            join.kubelet_extra_args = kubelet_extra_args(node);
            Kubeadm::Join(Box::new(join))
        }
        _ => return None,
    })
}

fn component(node: Option<Node<'_>>) -> ControlPlaneComponent {
    let Some(node) = node else { return ControlPlaneComponent::default() };
    let cert_sans = node.get("certSANs").and_then(|sans| decode(sans).0);
    ControlPlaneComponent {
        extra_args: of_extra_args(node.get("extraArgs")),
        cert_sans: cert_sans.unwrap_or_default(),
    }
}

fn kubelet_extra_args(node: Node<'_>) -> ExtraArgs {
    of_extra_args(node.at(&["nodeRegistration", "kubeletExtraArgs"]))
}

impl ClusterConfiguration {
    pub fn pod_subnet(&self) -> Field<String> {
        self.networking.then(|networking| &networking.pod_subnet)
    }

    pub fn service_subnet(&self) -> Field<String> {
        self.networking.then(|networking| &networking.service_subnet)
    }

    pub fn dns_domain(&self) -> Field<String> {
        self.networking.then(|networking| &networking.dns_domain)
    }

    /// What it says about the cluster as a whole, with the defaults that kubeadm writes into the
    /// copy that the cluster keeps: equal for two files of one cluster.
    pub fn statement(&self) -> [String; 5] {
        let value = |field: &Field<String>, default: &str| match field {
            Field::Known(text) if !text.is_empty() => text.value.clone(),
            Field::Known(_) | Field::Absent => default.to_owned(),
            Field::Unknown(_) => "?".to_owned(),
        };
        [
            value(&self.pod_subnet(), ""),
            value(&self.service_subnet(), "10.96.0.0/12"),
            value(&self.dns_domain(), "cluster.local"),
            value(&self.cluster_name, "kubernetes"),
            value(&self.control_plane_endpoint, ""),
        ]
    }
}

impl InitConfiguration {
    pub fn advertise_address(&self) -> Option<Spanned<String>> {
        self.local_api_endpoint.then(|endpoint| &endpoint.advertise_address).known().cloned()
    }
}

impl JoinConfiguration {
    pub fn advertise_address(&self) -> Option<Spanned<String>> {
        let endpoint = self.control_plane.then(|plane| &plane.local_api_endpoint);
        endpoint.then(|endpoint| &endpoint.advertise_address).known().cloned()
    }
}
