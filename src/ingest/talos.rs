//! Talos: the configurations of its machines, and talhelper's file from which they are made.
//!
//! A machine configuration has no `kind`; the documents beside it, which have taken over its
//! network settings since Talos 1.12, have. A patch is a part of a machine configuration. Patches
//! inside talhelper's texts are not read.
//! <https://docs.siderolabs.com/talos/v1.12/reference/configuration/v1alpha1/config>

use serde::Deserialize;

use super::List;
use super::component_config::KubeletConfiguration;
use super::flags::{ExtraArgs, of_extra_args};
use super::kubernetes::Presence;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub enum Talos {
    Machine(Box<MachineFile>),
    /// A link of a machine and its addresses: LinkConfig, VLANConfig, BondConfig and others.
    Link(Box<LinkDocument>),
    /// Layer2VIPConfig: its name is the address.
    Vip(Field<String>),
    Talhelper(Box<Talhelper>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineFile {
    /// Absent in patches.
    pub version: Field<String>,
    pub machine: Field<Machine>,
    pub cluster: Field<Cluster>,
    #[serde(skip)]
    pub flags: ComponentArgs,
}

/// The flags of the components that Talos runs.
#[derive(Clone, Debug, Default)]
pub struct ComponentArgs {
    pub api_server: ExtraArgs,
    pub controller_manager: ExtraArgs,
    pub kube_proxy: ExtraArgs,
    pub kubelet: ExtraArgs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// `controlplane`, `worker`, or formerly `init`.
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub network: Field<MachineNetwork>,
    pub kubelet: Field<Kubelet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MachineNetwork {
    pub hostname: Field<String>,
    pub interfaces: List<Interface>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Absent where a `deviceSelector` finds it.
    pub interface: Field<String>,
    /// With the length of the network's prefix, or without.
    pub addresses: List<String>,
    /// What `addresses` was once called.
    pub cidr: Field<String>,
    pub mtu: Field<i64>,
    pub ignore: Field<bool>,
    pub vip: Field<Vip>,
    pub vlans: List<Vlan>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vlan {
    pub addresses: List<String>,
    pub mtu: Field<i64>,
    pub vip: Field<Vip>,
}

/// An address that one of the control plane's machines has at a time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vip {
    pub ip: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Kubelet {
    /// Its tag is the version of Kubernetes.
    pub image: Field<String>,
    #[serde(rename = "clusterDNS")]
    pub cluster_dns: List<String>,
    /// Fields of a KubeletConfiguration.
    pub extra_config: Field<KubeletConfiguration>,
    #[serde(rename = "nodeIP")]
    pub node_ip: Field<NodeIp>,
}

/// Which addresses of the machine the kubelet may take for its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeIp {
    /// Ranges; one that starts with `!` is left out.
    pub valid_subnets: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Cluster {
    pub cluster_name: Field<String>,
    pub control_plane: Field<ControlPlane>,
    pub network: Field<ClusterNetwork>,
    pub api_server: Field<Component>,
    pub controller_manager: Field<Component>,
    pub scheduler: Field<Component>,
    pub proxy: Field<Component>,
    pub etcd: Field<Component>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ControlPlane {
    /// `https://host:port`.
    pub endpoint: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterNetwork {
    pub cni: Field<Cni>,
    /// Absent: `cluster.local`.
    pub dns_domain: Field<String>,
    /// Absent: 10.244.0.0/16.
    pub pod_subnets: List<String>,
    /// Absent: 10.96.0.0/12.
    pub service_subnets: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Cni {
    /// `flannel`, `custom` or `none`; absent: `flannel`.
    pub name: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Component {
    pub disabled: Field<bool>,
    pub image: Field<String>,
    /// Of kube-proxy.
    pub mode: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkDocument {
    pub name: Field<String>,
    pub mtu: Field<i64>,
    pub addresses: List<LinkAddress>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkAddress {
    pub address: Field<String>,
}

/// `talconfig.yaml`, <https://budimanjojo.github.io/talhelper/latest/reference/configuration/>.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Talhelper {
    pub cluster_name: Field<String>,
    pub kubernetes_version: Field<String>,
    pub endpoint: Field<String>,
    pub domain: Field<String>,
    /// Absent: Talos' own default.
    pub cluster_pod_nets: List<String>,
    pub cluster_svc_nets: List<String>,
    pub cni_config: Field<Cni>,
    pub nodes: List<TalhelperNode>,
    /// Somewhere a patch may say something else about the cluster's network.
    #[serde(skip)]
    pub is_patched: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TalhelperNode {
    pub hostname: Field<String>,
    /// One, or several with commas.
    pub ip_address: Field<String>,
    pub control_plane: Field<bool>,
    pub network_interfaces: List<Interface>,
    pub patches: List<Presence>,
}

/// Keys that a machine configuration has besides `machine` and `cluster`.
const TOP: [&str; 5] = ["version", "debug", "persist", "machine", "cluster"];

/// Keys of `machine` and of `cluster`, by which a patch is known.
const INSIDE: [&str; 17] = [
    "type",
    "network",
    "kubelet",
    "install",
    "certSANs",
    "nodeLabels",
    "sysctls",
    "features",
    "registries",
    "controlPlane",
    "clusterName",
    "apiServer",
    "controllerManager",
    "proxy",
    "etcd",
    "coreDNS",
    "allowSchedulingOnControlPlanes",
];

/// Reads a document without `apiVersion` and `kind`.
pub fn read(node: Node<'_>) -> Option<(&'static str, Talos)> {
    if is_machine_file(node) {
        let mut file: MachineFile = decode(node).0?;
        let args = |path: &[&str]| of_extra_args(node.at(path));
        file.flags = ComponentArgs {
            api_server: args(&["cluster", "apiServer", "extraArgs"]),
            controller_manager: args(&["cluster", "controllerManager", "extraArgs"]),
            kube_proxy: args(&["cluster", "proxy", "extraArgs"]),
            kubelet: args(&["machine", "kubelet", "extraArgs"]),
        };
        return Some(("MachineConfig", Talos::Machine(Box::new(file))));
    }
    let is_talhelper =
        ["clusterName", "endpoint", "nodes"].iter().all(|key| node.get(key).is_some())
            && node.get("nodes").is_some_and(Node::is_sequence);
    if !is_talhelper {
        return None;
    }
    let mut talhelper: Talhelper = decode(node).0?;
    talhelper.is_patched = is_patched(node);
    Some(("talconfig", Talos::Talhelper(Box::new(talhelper))))
}

fn is_machine_file(node: Node<'_>) -> bool {
    let mut keys = node.entries().filter_map(|(key, _)| key.str());
    let parts = [node.get("machine"), node.get("cluster")].into_iter().flatten();
    let mut inner = parts.filter(|part| part.is_map()).flat_map(Node::entries);
    keys.all(|key| TOP.contains(&key) || key.starts_with("x-"))
        && inner.any(|(key, _)| key.str().is_some_and(|key| INSIDE.contains(&key)))
}

/// Whether some patch speaks of the ranges, or lies in another file.
fn is_patched(node: Node<'_>) -> bool {
    let groups = [node.get("controlPlane"), node.get("worker"), Some(node)];
    let nodes = node.get("nodes").into_iter().flat_map(Node::items).map(Some);
    groups.into_iter().chain(nodes).flatten().any(|owner| {
        let inline = owner.at(&["inlinePatch", "cluster", "network"]).is_some();
        let texts = owner.get("patches").into_iter().flat_map(Node::items);
        inline
            || texts.filter_map(Node::str).any(|text| {
                text.starts_with('@') || text.contains("Subnets") || text.contains("dnsDomain")
            })
    })
}

/// Reads a document of the version `v1alpha1` with a kind of Talos' own.
pub fn read_document(kind: &str, node: Node<'_>) -> Option<Talos> {
    Some(match kind {
        "LinkConfig" | "VLANConfig" | "BondConfig" | "BridgeConfig" | "DummyLinkConfig" => {
            Talos::Link(Box::new(decode(node).0?))
        }
        "Layer2VIPConfig" => {
            let name = node.get("name").map(|name| decode::<Field<String>>(name).0);
            Talos::Vip(name.flatten().unwrap_or_default())
        }
        _ => return None,
    })
}

impl MachineFile {
    /// Whether it is all of a machine's configuration, so that what it leaves out has its default.
    pub fn is_whole(&self) -> bool {
        let endpoint = self.cluster.then(|cluster| &cluster.control_plane);
        self.version.value().is_some()
            && self.machine.value().is_some_and(|machine| machine.kind.value().is_some())
            && !endpoint.then(|plane| &plane.endpoint).is_absent()
    }

    pub fn is_control_plane(&self) -> bool {
        let kind = self.machine.then(|machine| &machine.kind);
        kind.value().is_some_and(|kind| matches!(kind.as_str(), "controlplane" | "init"))
    }

    pub fn network(&self) -> Field<ClusterNetwork> {
        self.cluster.then(|cluster| &cluster.network)
    }

    pub fn cluster_name(&self) -> Field<String> {
        self.cluster.then(|cluster| &cluster.cluster_name)
    }
}
