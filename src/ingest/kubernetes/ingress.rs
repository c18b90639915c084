//! Ways in from outside: Ingress, and OpenShift's Route.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/>

use serde::Deserialize;

use super::Presence;
use crate::ingest::{IntOrString, List};
use crate::syntax::decode::Field;

/// Of every version: `networking.k8s.io/v1`, and the `v1beta1` of that group and of `extensions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IngressSpec {
    pub ingress_class_name: Field<String>,
    pub default_backend: Field<IngressBackend>,
    /// The default backend before v1.
    pub backend: Field<IngressBackend>,
    pub rules: List<HostRule>,
    pub tls: List<IngressTls>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HostRule {
    pub host: Field<String>,
    pub http: Field<IngressPaths>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressPaths {
    pub paths: List<IngressPath>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IngressPath {
    pub path: Field<String>,
    pub path_type: Field<String>,
    pub backend: Field<IngressBackend>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IngressBackend {
    pub service: Field<IngressService>,
    /// Something else than a Service: an object that the controller knows.
    pub resource: Field<Presence>,
    /// Before v1.
    pub service_name: Field<String>,
    /// Before v1: the number or name of a port of the Service.
    pub service_port: Field<IntOrString>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressService {
    pub name: Field<String>,
    pub port: Field<ServicePortReference>,
}

/// One of the two, of the Service's own ports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServicePortReference {
    pub number: Field<i64>,
    pub name: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IngressTls {
    pub hosts: List<String>,
    pub secret_name: Field<String>,
}

/// <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-class-v1/>
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressClassSpec {
    /// `k8s.io/ingress-nginx`
    pub controller: Field<String>,
}

/// <https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/network_apis/route-route-openshift-io-v1>
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RouteSpec {
    /// Absent: the router makes one of the name and the namespace.
    pub host: Field<String>,
    pub path: Field<String>,
    pub to: Field<RouteTarget>,
    pub alternate_backends: List<RouteTarget>,
    /// Absent: every port of the Service.
    pub port: Field<RoutePort>,
    pub tls: Field<Presence>,
    /// Absent: None.
    pub wildcard_policy: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RouteTarget {
    /// Absent: Service.
    pub kind: Field<String>,
    pub name: Field<String>,
    /// Of 256; absent: 100. Zero gets no requests.
    pub weight: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoutePort {
    /// The name of a port of the Service, or a port of the pods.
    pub target_port: Field<IntOrString>,
}
