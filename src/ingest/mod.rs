//! From trees to typed resources.
//!
//! One file per family of formats. A resource is read by itself: nothing here looks at another
//! resource, and nothing is judged beyond what its format says. Whatever is not read is accounted
//! for, with the reason.

pub mod address_words;
pub mod admin_policy;
mod arguments;
pub mod azure;
pub mod calico;
pub mod calico_policy;
pub mod charts;
pub mod cilium;
pub mod cilium_policy;
pub mod cluster_api;
pub mod cni;
mod cni_text;
pub mod component_config;
pub mod compose;
mod corefile;
pub mod docker;
pub mod dockerfile;
pub mod eks;
mod embedded;
pub mod flags;
pub mod flannel;
mod flannel_text;
mod foreign;
pub mod gateway_api;
pub mod host;
pub mod istio;
pub mod k0s;
pub mod k3s;
pub mod kind;
pub mod kops;
pub mod kubeadm;
pub mod kubernetes;
pub mod kubespray;
pub mod kustomize;
pub mod load_balancer;
mod locate;
mod map;
pub mod monitoring;
pub mod openshift;
pub mod pod_networks;
mod reader;
pub mod rke;
mod schema;
mod strict;
pub mod talos;

pub use address_words::AddressWord;
pub use corefile::{CorefilePart, CorefileText};
pub use kustomize::{Kustomization, PatchTarget};
pub use locate::{Location, has_fields, locate};
pub use map::NameMap;
pub use reader::ingest;
use reader::{Reader, content_hash};

use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::Field;
use crate::syntax::{self, Comment, Node};
use admin_policy::AdminPolicy;
use arguments::Arguments;
use azure::Aks;
use calico::Calico;
use calico_policy::CalicoPolicy;
use charts::{ChartFile, ChartValues, Release};
use cilium::Cilium;
use cilium_policy::CiliumPolicy;
use cluster_api::ClusterApi;
use cni::CniConfig;
use component_config::ComponentConfig;
use compose::{ComposeFile, EnvironmentFile};
use docker::{DockerDaemon, DockerUnit};
use dockerfile::Dockerfile;
use eks::Eks;
use flannel::FlannelConfig;
use gateway_api::GatewayApi;
use host::HostNetwork;
use istio::Istio;
use k0s::K0sCluster;
use k3s::{K3sConfig, UpgradePlan};
use kind::KindCluster;
use kops::Kops;
use kubeadm::Kubeadm;
use kubernetes::{Kubernetes, ObjectMeta};
use kubespray::Kubespray;
use load_balancer::LoadBalancer;
use monitoring::Monitor;
use openshift::OpenShift;
use rke::RkeCluster;
use talos::Talos;

/// What a file holds.
#[derive(Debug, Default)]
pub struct FileContents {
    pub documents: Vec<DocumentInfo>,
    pub resources: Vec<Resource>,
    pub problems: Vec<Problem>,
    /// Only of files that speak to netvet.
    pub comments: Vec<Comment>,
}

/// One document of a file, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentInfo {
    pub index: usize,
    pub span: Span,
    /// What it was recognised as: a kind, or a word of our own such as `CNI configuration`.
    pub kind: Option<String>,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Read,
    /// Not checked; a short word such as `helm-template`.
    Skipped(&'static str),
    /// A problem says why.
    Broken,
}

/// One object, whatever format it came in.
#[derive(Debug)]
pub struct Resource {
    pub file: FileId,
    /// The index of its document in the file.
    pub document: usize,
    /// All of it.
    pub span: Span,
    /// `networking.k8s.io/v1`; empty for formats that have none.
    pub api_version: Spanned<String>,
    pub kind: Spanned<String>,
    pub metadata: ObjectMeta,
    /// A hash of what it says, whatever its notation: equal for copies.
    pub content: u64,
    pub body: Body,
}

impl Resource {
    pub fn name(&self) -> &str {
        self.metadata.name.value().map_or("", String::as_str)
    }

    /// The namespace as written; empty when it is not.
    pub fn namespace(&self) -> &str {
        self.metadata.namespace.value().map_or("", String::as_str)
    }

    /// The API group: `networking.k8s.io`, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Where a finding about the object as a whole points: at its name, or at its kind.
    pub fn name_span(&self) -> Span {
        self.metadata.name.span().unwrap_or(self.kind.span)
    }

    /// `Kind/namespace/name` as far as they exist.
    pub fn identity(&self) -> String {
        identity(&self.kind, self.namespace(), self.name())
    }
}

fn identity(kind: &str, namespace: &str, name: &str) -> String {
    let parts = [kind, namespace, name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// What a resource says, by family.
#[derive(Debug)]
pub enum Body {
    AdminPolicy(AdminPolicy),
    Arguments(Box<Arguments>),
    Aks(Box<Aks>),
    CalicoPolicy(CalicoPolicy),
    Calico(Calico),
    /// `Chart.yaml`.
    Chart(Box<ChartFile>),
    ChartValues(Box<ChartValues>),
    Cilium(Cilium),
    CiliumPolicy(CiliumPolicy),
    ClusterApi(ClusterApi),
    Cni(Box<CniConfig>),
    ComponentConfig(ComponentConfig),
    Compose(Box<ComposeFile>),
    /// A file of its own; those in ConfigMaps are parts of the ConfigMap.
    Corefile(Box<CorefileText>),
    Dockerfile(Box<Dockerfile>),
    /// Variables for Compose.
    EnvironmentFile(Box<EnvironmentFile>),
    DockerDaemon(Box<DockerDaemon>),
    /// The command line of Docker's daemon.
    DockerUnit(Box<DockerUnit>),
    Flannel(Box<FlannelConfig>),
    GatewayApi(GatewayApi),
    /// What a host says about its interfaces.
    Host(Box<HostNetwork>),
    Istio(Istio),
    K0s(Box<K0sCluster>),
    K3s(Box<K3sConfig>),
    Eks(Eks),
    Kops(Kops),
    Kind(Box<KindCluster>),
    Kubeadm(Kubeadm),
    Kubernetes(Kubernetes),
    Kubespray(Box<Kubespray>),
    Kustomization(Box<Kustomization>),
    /// What installs charts.
    Release(Box<Release>),
    OpenShift(OpenShift),
    LoadBalancer(LoadBalancer),
    Monitor(Monitor),
    Rke(Box<RkeCluster>),
    Talos(Talos),
    UpgradePlan(Box<UpgradePlan>),
    /// A kind that no rule reads.
    Other,
}

/// Something that is wrong with an input as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub document: usize,
    pub kind: ProblemKind,
    pub span: Span,
}

impl Problem {
    pub fn is_missing_type_meta(&self) -> bool {
        matches!(self.kind, ProblemKind::MissingTypeMeta { .. })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    Syntax(syntax::ProblemKind),
    /// A field that the kind does not have.
    UnknownField {
        kind: String,
        owner: String,
        name: String,
        known: &'static [&'static str],
    },
    /// A value of the wrong type.
    WrongType {
        expected: &'static str,
        found: String,
    },
    /// A document that looks like a Kubernetes object and does not say which kind it is. The
    /// span is that of the key that seems to be meant for it, or of the whole document.
    MissingTypeMeta {
        missing: &'static str,
        instead: Option<String>,
    },
}

/// What an object says, by the family that its group and kind belong to.
fn body(api_version: &str, kind: &str, node: Node<'_>) -> Body {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let body = match group {
        "policy.networking.k8s.io" => admin_policy::read(kind, node).map(Body::AdminPolicy),
        "kubeadm.k8s.io" => kubeadm::read(kind, node).map(Body::Kubeadm),
        "kubelet.config.k8s.io" | "kubeproxy.config.k8s.io" => {
            component_config::read(group, kind, node).map(Body::ComponentConfig)
        }
        "crd.projectcalico.org" | "operator.tigera.io" | "projectcalico.org" => {
            let policy = || calico_policy::read(kind, node).map(Body::CalicoPolicy);
            calico::read(group, kind, node).map(Body::Calico).or_else(policy)
        }
        "cilium.io" => {
            let policy = || cilium_policy::read(kind, node).map(Body::CiliumPolicy);
            let pool = || load_balancer::read(group, kind, node).map(Body::LoadBalancer);
            cilium::read(kind, node).map(Body::Cilium).or_else(policy).or_else(pool)
        }
        "argoproj.io"
        | "helm.cattle.io"
        | "helm.toolkit.fluxcd.io"
        | "source.toolkit.fluxcd.io" => {
            let release = charts::release::read(group, kind, node);
            let workload = || kubernetes::read(api_version, kind, node).map(Body::Kubernetes);
            release.map(|release| Body::Release(Box::new(release))).or_else(workload)
        }
        "kops.k8s.io" => kops::read(api_version, kind, node).map(Body::Kops),
        "upgrade.cattle.io" if kind == "Plan" => k3s::upgrade_plan(node).map(Body::UpgradePlan),
        "eksctl.io" | "node.eks.aws" => eks::read(group, kind, node).map(Body::Eks),
        "config.openshift.io" | "operator.openshift.io" => {
            openshift::read(group, kind, node).map(Body::OpenShift)
        }
        "" if api_version == "v1alpha1" => talos::read_document(kind, node).map(Body::Talos),
        _ if group.ends_with("cluster.x-k8s.io") || group == "anywhere.eks.amazonaws.com" => {
            let aks = || azure::read(group, kind, node).map(|aks| Body::Aks(Box::new(aks)));
            cluster_api::read(group, kind, node).map(Body::ClusterApi).or_else(aks)
        }
        _ if group.starts_with("containerservice.azure.") => {
            azure::read(group, kind, node).map(|aks| Body::Aks(Box::new(aks)))
        }
        "k0s.k0sproject.io" | "k0sctl.k0sproject.io" => {
            k0s::read(group, kind, node).map(|cluster| Body::K0s(Box::new(cluster)))
        }
        "kind.x-k8s.io" => kind::read(kind, node).map(|cluster| Body::Kind(Box::new(cluster))),
        gateway_api::GROUP | "gateway.networking.x-k8s.io" => {
            gateway_api::read(kind, node).map(Body::GatewayApi)
        }
        "monitoring.coreos.com" => monitoring::read(kind, node).map(Body::Monitor),
        "networking.istio.io" | "security.istio.io" | "install.istio.io" => {
            istio::read(group, kind, node).map(Body::Istio)
        }
        "metallb.io" => load_balancer::read(group, kind, node).map(Body::LoadBalancer),
        _ => kubernetes::read(api_version, kind, node).map(Body::Kubernetes),
    };
    body.unwrap_or(Body::Other)
}

/// A list whose items are read one by one.
pub type List<T> = Field<Vec<Field<T>>>;

/// A map from names to values.
pub type Map<T> = Field<NameMap<Field<T>>>;

/// A port by number or name, a share or a count: `80`, `http`, `50%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    Int(i64),
    Str(String),
}

impl<'de> serde::Deserialize<'de> for IntOrString {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<IntOrString, D::Error> {
        deserializer.deserialize_any(IntOrStringVisitor)
    }
}

struct IntOrStringVisitor;

impl serde::de::Visitor<'_> for IntOrStringVisitor {
    type Value = IntOrString;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an integer or a string")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<IntOrString, E> {
        Ok(IntOrString::Int(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<IntOrString, E> {
        Ok(IntOrString::Str(value.to_owned()))
    }
}
