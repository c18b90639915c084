//! Cluster API, and EKS Anywhere, which is made of it: clusters, and how many machines they have.
//!
//! kubeadm's configuration inside KubeadmControlPlane and KubeadmConfig is read as that of files
//! is, see [`embedded_kubeadm`]. What providers of infrastructure add is not read, but for how a
//! managed control plane gives pods their addresses.
//! <https://cluster-api.sigs.k8s.io/reference/api/crd-reference>

use serde::Deserialize;

use super::List;
use super::kubernetes::{ObjectMeta, spec};
use crate::syntax::Node;
use crate::syntax::decode::Field;

#[derive(Debug)]
pub enum ClusterApi {
    Cluster(Box<Cluster>),
    /// KubeadmControlPlane, and others with `version` and `replicas`.
    ControlPlane(Box<ControlPlane>),
    /// MachineDeployment, MachinePool, MachineSet.
    Machines(Box<Machines>),
    /// EKS as a control plane: pods have addresses of the VPC, unless it is told otherwise.
    AwsManaged(Box<AwsManaged>),
    EksAnywhere(Box<EksAnywhere>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Cluster {
    pub cluster_network: Field<ClusterNetwork>,
    pub control_plane_endpoint: Field<Endpoint>,
    pub control_plane_ref: Field<Reference>,
    pub infrastructure_ref: Field<Reference>,
    /// Of a cluster that is made after a ClusterClass.
    pub topology: Field<Topology>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterNetwork {
    pub pods: Field<Ranges>,
    pub services: Field<Ranges>,
    /// Absent: `cluster.local`.
    pub service_domain: Field<String>,
    /// Of EKS Anywhere.
    pub nodes: Field<AnywhereNodes>,
    /// Of EKS Anywhere.
    pub cni_config: Field<AnywhereCni>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Ranges {
    pub cidr_blocks: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    pub host: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub kind: Field<String>,
    pub name: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Topology {
    /// The version of Kubernetes.
    pub version: Field<String>,
    pub control_plane: Field<TopologyMachines>,
    pub workers: Field<Workers>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workers {
    pub machine_deployments: List<TopologyMachines>,
    pub machine_pools: List<TopologyMachines>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TopologyMachines {
    pub name: Field<String>,
    pub replicas: Field<i64>,
    pub metadata: Field<ObjectMeta>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ControlPlane {
    pub version: Field<String>,
    pub replicas: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Machines {
    pub cluster_name: Field<String>,
    pub replicas: Field<i64>,
    pub template: Field<MachineTemplate>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineTemplate {
    pub spec: Field<MachineSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineSpec {
    /// That of the kubelet.
    pub version: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AwsManaged {
    pub version: Field<String>,
    /// Formerly beside `vpcCni`.
    #[serde(rename = "disableVPCCNI")]
    pub disable_vpc_cni: Field<bool>,
    pub vpc_cni: Field<VpcCni>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VpcCni {
    pub disable: Field<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EksAnywhere {
    pub cluster_network: Field<ClusterNetwork>,
    pub kubernetes_version: Field<String>,
    pub control_plane_configuration: Field<AnywhereMachines>,
    pub worker_node_group_configurations: List<AnywhereMachines>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnywhereMachines {
    pub name: Field<String>,
    /// That of the kubelets; absent: as the cluster's.
    pub kubernetes_version: Field<String>,
    pub count: Field<i64>,
    pub endpoint: Field<Endpoint>,
    pub auto_scaling_configuration: Field<AutoScaling>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoScaling {
    pub max_count: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnywhereNodes {
    /// The prefix length of a node's range.
    pub cidr_mask_size: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnywhereCni {
    pub cilium: Field<super::kubernetes::Presence>,
    pub kindnetd: Field<super::kubernetes::Presence>,
}

pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<ClusterApi> {
    Some(match (group, kind) {
        ("cluster.x-k8s.io", "Cluster") => ClusterApi::Cluster(spec(node)?),
        (
            "cluster.x-k8s.io" | "exp.cluster.x-k8s.io",
            "MachineDeployment" | "MachinePool" | "MachineSet",
        ) => ClusterApi::Machines(spec(node)?),
        ("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane") => {
            ClusterApi::AwsManaged(spec(node)?)
        }
        (
            "controlplane.cluster.x-k8s.io",
            "KubeadmControlPlane"
            | "RKE2ControlPlane"
            | "TalosControlPlane"
            | "KThreesControlPlane",
        ) => ClusterApi::ControlPlane(spec(node)?),
        ("anywhere.eks.amazonaws.com", "Cluster") => ClusterApi::EksAnywhere(spec(node)?),
        _ => return None,
    })
}

/// Where an object has kubeadm's configuration inside, of the machines of one cluster.
pub fn embedded_kubeadm<'t>(group: &str, kind: &str, node: Node<'t>) -> Option<Node<'t>> {
    let path: &[&str] = match (group, kind) {
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane") => &["spec", "kubeadmConfigSpec"],
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfig") => &["spec"],
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate") => &["spec", "template", "spec"],
        _ => return None,
    };
    node.at(path)
}
