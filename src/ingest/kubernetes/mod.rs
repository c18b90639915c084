//! Built-in kinds of Kubernetes: the parts of them that rules read.
//!
//! The types follow <https://kubernetes.io/docs/reference/kubernetes-api/>, field by field, with a
//! place in every leaf. They are views: the complete schema is that of k8s-openapi, see
//! [`super::schema`].

mod api_calls;
mod config_map;
mod endpoints;
mod ingress;
mod keys;
mod network_policy;
mod node;
mod pod;
mod service;
mod workload;

pub use api_calls::{ApiCall, ServiceReference};
pub use config_map::{ConfigMap, WrittenAddress};
pub use endpoints::*;
pub use ingress::*;
pub use keys::KeySpans;
pub use network_policy::*;
pub use node::*;
pub use pod::*;
pub use service::*;
pub use workload::*;

use serde::Deserialize;

use super::{List, Map};
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

/// `metadata` of any object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectMeta {
    pub name: Field<String>,
    pub namespace: Field<String>,
    pub labels: Map<String>,
    pub annotations: Map<String>,
    /// Objects that made this one and take it away again.
    pub owner_references: List<OwnerReference>,
}

impl ObjectMeta {
    pub fn annotation(&self, key: &str) -> Option<&Spanned<String>> {
        self.annotations.value()?.get(key)?.known()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnerReference {
    pub kind: Field<String>,
    pub name: Field<String>,
    /// Whether it manages the object; one does at the most.
    pub controller: Field<bool>,
}

/// A selector over labels. Absent and empty differ in meaning from field to field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelector {
    pub match_labels: Map<String>,
    pub match_expressions: List<Requirement>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Requirement {
    pub key: Field<String>,
    pub operator: Field<String>,
    pub values: List<String>,
}

/// A built-in object, by kind.
#[derive(Debug)]
pub enum Kubernetes {
    Namespace,
    Node(Box<NodeObject>),
    NetworkPolicy(Box<NetworkPolicySpec>),
    Service(Box<ServiceSpec>),
    Endpoints(Box<EndpointsObject>),
    EndpointSlice(Box<EndpointSlice>),
    Workload(Box<Workload>),
    HorizontalPodAutoscaler(Box<AutoscalerSpec>),
    PodDisruptionBudget(Box<DisruptionBudgetSpec>),
    ServiceCidr(Box<ServiceCidrSpec>),
    ConfigMap(Box<ConfigMap>),
    /// What makes the API server call Services.
    ApiCalls(Vec<ApiCall>),
    Ingress(Box<IngressSpec>),
    IngressClass(Box<IngressClassSpec>),
    /// Of OpenShift.
    Route(Box<RouteSpec>),
}

/// Something with a `spec`.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de> + Default", default)]
struct WithSpec<T> {
    spec: Field<T>,
}

impl<T> Default for WithSpec<T> {
    fn default() -> WithSpec<T> {
        WithSpec { spec: Field::Absent }
    }
}

/// The `spec` of an object; an absent one is empty.
pub(in crate::ingest) fn spec<'t, T: Deserialize<'t> + Default>(node: Node<'t>) -> Option<Box<T>> {
    let object = decode::<WithSpec<T>>(node).0?;
    match object.spec {
        Field::Known(spec) => Some(Box::new(spec.value)),
        Field::Absent => Some(Box::default()),
        Field::Unknown(_) => None,
    }
}

/// Reads an object; `None` for kinds that no rule looks at.
pub fn read(api_version: &str, kind: &str, node: Node<'_>) -> Option<Kubernetes> {
    // Group and kind decide: old API versions of a kind have the fields that matter, too.
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    Some(match (group, kind) {
        ("", "Namespace") => Kubernetes::Namespace,
        ("", "Node") => Kubernetes::Node(decode(node).0.map(Box::new)?),
        ("", "Service") => Kubernetes::Service(spec(node)?),
        ("", "Endpoints") => Kubernetes::Endpoints(decode(node).0.map(Box::new)?),
        ("discovery.k8s.io", "EndpointSlice") => {
            Kubernetes::EndpointSlice(decode(node).0.map(Box::new)?)
        }
        ("", "ConfigMap") => Kubernetes::ConfigMap(config_map::read(node)?),
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => {
            let mut policy: Box<NetworkPolicySpec> = spec(node)?;
            policy.null_selectors = null_selectors(node);
            policy.keys = KeySpans::below(node.get("spec"));
            Kubernetes::NetworkPolicy(policy)
        }
        ("networking.k8s.io" | "extensions", "Ingress") => Kubernetes::Ingress(spec(node)?),
        ("networking.k8s.io", "IngressClass") => Kubernetes::IngressClass(spec(node)?),
        ("route.openshift.io", "Route") => Kubernetes::Route(spec(node)?),
        ("networking.k8s.io", "ServiceCIDR") => Kubernetes::ServiceCidr(spec(node)?),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            Kubernetes::HorizontalPodAutoscaler(spec(node)?)
        }
        ("policy", "PodDisruptionBudget") => Kubernetes::PodDisruptionBudget(spec(node)?),
        ("admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io", _) => {
            Kubernetes::ApiCalls(api_calls::read(group, kind, node)?)
        }
        _ => Kubernetes::Workload(Box::new(workload::read(group, kind, node)?)),
    })
}
