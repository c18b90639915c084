//! What a cluster has one of, and how two statements about it contradict each other.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::definition::{Key, definition};
use super::{Member, Placement, layout};
use crate::ingest::charts::ValuesPlace;
use crate::ingest::k3s::K3sConfig;
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::{Body, Resource};

/// One statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// A hash of what it is about.
    pub identity: u64,
    /// A hash of what it says.
    pub content: u64,
    pub form: Form,
}

/// How seriously it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Nobody has two files that say what a cluster is: two of them are two clusters, even if
    /// they say the same.
    Singleton,
    /// What the cluster keeps of such a file, in a ConfigMap.
    Record,
    /// May be there any number of times, and says the same each time: an object, or what every
    /// machine has a copy of.
    Copy,
}

impl Form {
    pub const COUNT: usize = 3;
}

impl Claim {
    /// Whether both cannot hold in one cluster. `neighbours` says that they stand in two files of
    /// one folder.
    pub fn contradicts(self, other: Claim, neighbours: bool) -> bool {
        match (self.form, other.form) {
            (Form::Singleton, Form::Singleton) => true,
            // Which of the two is old is for a rule to ask.
            (Form::Singleton, Form::Record) | (Form::Record, Form::Singleton) if neighbours => {
                false
            }
            _ => self.content != other.content,
        }
    }
}

/// What a resource says that is there once in a cluster.
pub(super) fn claims(member: &Member<'_>) -> impl Iterator<Item = Claim> {
    // Applications have clusters and environments of their own.
    let is_of_cluster = match &member.resource.body {
        Body::Aks(_)
        | Body::Arguments(_)
        | Body::Calico(_)
        | Body::ChartValues(_)
        | Body::Cilium(_)
        | Body::ClusterApi(_)
        | Body::Cni(_)
        | Body::ComponentConfig(_)
        | Body::DockerDaemon(_)
        | Body::DockerUnit(_)
        | Body::Flannel(_)
        | Body::Host(_)
        | Body::K0s(_)
        | Body::K3s(_)
        | Body::Eks(_)
        | Body::Kops(_)
        | Body::Kind(_)
        | Body::Kubespray(_)
        | Body::Kubeadm(_)
        | Body::LoadBalancer(_)
        | Body::OpenShift(_)
        | Body::Rke(_)
        | Body::Talos(_)
        | Body::UpgradePlan(_) => true,
        Body::AdminPolicy(_)
        | Body::Chart(_)
        | Body::CalicoPolicy(_)
        | Body::CiliumPolicy(_)
        | Body::Compose(_)
        | Body::Corefile(_)
        | Body::Dockerfile(_)
        | Body::EnvironmentFile(_)
        | Body::GatewayApi(_)
        | Body::Istio(_)
        | Body::Kubernetes(_)
        | Body::Kustomization(_)
        | Body::Monitor(_)
        | Body::Other
        | Body::Release(_) => member.node.is_some(),
    };
    let path = if is_of_cluster { member.path } else { "" };
    let divisions = layout::divisions(path).map(|division| Claim {
        identity: hash(("folder", division.folder)),
        content: hash(division.name),
        form: Form::Copy,
    });
    let server = match &member.resource.body {
        Body::K3s(config) => server(config),
        _ => None,
    };
    own(member).into_iter().chain(server).chain(defined(member)).chain(divisions)
}

/// Whatever installs a cluster: what another one defines, or the same by another name, is another
/// cluster.
fn defined(member: &Member<'_>) -> Option<Claim> {
    let identity = hash("cluster");
    let (content, form) = match &member.resource.body {
        Body::Kubeadm(Kubeadm::Cluster(cluster)) if !member.embedded => {
            let form = if member.node.is_some() { Form::Copy } else { Form::Singleton };
            (hash(cluster.statement()), form)
        }
        Body::K0s(_) | Body::Kind(_) | Body::Rke(_) => (member.resource.content, Form::Singleton),
        // Of these there are as many as there are servers, and files of an inventory.
        Body::K3s(config) if config.is_of_server() => (hash(config.flavor), Form::Copy),
        Body::Kubespray(part) => (hash(part.inventory.as_str()), Form::Copy),
        _ => match definition(member.resource)? {
            key @ Key::Named(..) => (hash(key), Form::Copy),
            Key::File(_) => (member.resource.content, Form::Singleton),
        },
    };
    Some(Claim { identity, content, form })
}

fn own(member: &Member<'_>) -> Option<Claim> {
    let resource = member.resource;
    if let Some(singleton) = singleton(member) {
        let (form, content) = match (&resource.body, member.node) {
            (Body::Kubeadm(Kubeadm::Cluster(cluster)), node) => {
                let form = match node {
                    Some(_) => Form::Copy,
                    None if member.embedded => Form::Record,
                    None => Form::Singleton,
                };
                (form, hash(cluster.statement()))
            }
            // The rest of what lies on a machine is the machine's.
            (_, Some(_)) => return on_node(member),
            (_, None) if member.embedded => (Form::Record, resource.content),
            (_, None) => (Form::Singleton, resource.content),
        };
        return Some(Claim { identity: hash(("singleton", singleton)), content, form });
    }
    if member.node.is_some() {
        return on_node(member);
    }
    // A cluster gets a chart with values of one file, or of one with layers upon it.
    if let Body::ChartValues(values) = &resource.body {
        let ValuesPlace::File { key, is_layer } = &values.place else { return None };
        let identity = hash(("values", values.chart, key, is_layer));
        return Some(Claim { identity, content: resource.content, form: Form::Copy });
    }
    // Other files of network plugins are those of machines that nothing names; a text in another
    // object is a part of that.
    if resource.name().is_empty() || matches!(resource.body, Body::Cni(_)) {
        return None;
    }
    let identity =
        hash((resource.group(), resource.kind.as_str(), namespace(member), resource.name()));
    Some(Claim { identity, content: resource.content, form: Form::Copy })
}

/// A machine has each of its files once, so two machines of one name are those of two clusters
/// when their files differ.
fn on_node(member: &Member<'_>) -> Option<Claim> {
    let node = member.node?;
    let resource = member.resource;
    let identity = hash(("node", node.name, node.file, resource.kind.as_str(), resource.name()));
    Some(Claim { identity, content: resource.content, form: Form::Copy })
}

/// A cluster of k3s or RKE2 has one server that joins no other, or servers that share a datastore,
/// and others that join by one address. Agents, and files that only add to others, do not tell
/// clusters apart.
fn server(config: &K3sConfig) -> Option<Claim> {
    if !config.is_of_server() || config.is_fragment {
        return None;
    }
    let said = |name: &str| config.get(name)?.last().map(|value| value.value.as_str());
    let claim = |what: &str, content: u64, form: Form| {
        Some(Claim { identity: hash((what, config.flavor)), content, form })
    };
    match (said("server"), said("datastore-endpoint")) {
        (Some(url), _) => claim("server that others join", hash(url), Form::Copy),
        (None, Some(datastore)) => claim("first server", hash(datastore), Form::Copy),
        (None, None) => claim("first server", 0, Form::Singleton),
    }
}

fn namespace<'a>(member: &Member<'a>) -> &'a str {
    match member.placement {
        Placement::Namespace(namespace) => namespace,
        Placement::AsWritten | Placement::Patch | Placement::ChartDefaults => {
            member.resource.namespace()
        }
    }
}

/// Objects of which a cluster has one, wherever they lie.
fn singleton(member: &Member<'_>) -> Option<&'static str> {
    let resource: &Resource = member.resource;
    let is_in = |expected: &str| {
        let namespace = namespace(member);
        namespace.is_empty() || namespace == expected
    };
    Some(match (resource.group(), resource.kind.as_str(), resource.name()) {
        ("kubeadm.k8s.io", "ClusterConfiguration", _) => "kubeadm ClusterConfiguration",
        ("kubeadm.k8s.io", "InitConfiguration", _) => "kubeadm InitConfiguration",
        ("kind.x-k8s.io", "Cluster", _) => "kind Cluster",
        ("", "RKE cluster", _) => "RKE cluster",
        ("k0s.k0sproject.io", "ClusterConfig", _) => "k0s ClusterConfig",
        ("k0sctl.k0sproject.io", "Cluster", _) => "k0sctl Cluster",
        ("operator.tigera.io", "Installation", "default") => "Calico Installation",
        // Charts put the name of their release in front: `rke2-coredns-rke2-coredns`.
        ("apps", "Deployment" | "DaemonSet", name)
            if name.ends_with("coredns") && is_in("kube-system") =>
        {
            "CoreDNS"
        }
        ("", "ConfigMap", "kube-flannel-cfg") => "Flannel configuration",
        ("", "ConfigMap", "cilium-config") => "Cilium configuration",
        ("", "ConfigMap", "canal-config") => "Canal configuration",
        ("", "ConfigMap", "calico-config") => "Calico configuration",
        ("", "ConfigMap", "kube-proxy") => "kube-proxy configuration",
        ("", "ConfigMap", "config") if namespace(member) == "metallb-system" => {
            "MetalLB configuration"
        }
        _ => return None,
    })
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
