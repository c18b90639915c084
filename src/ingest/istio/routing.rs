//! `networking.istio.io`: VirtualService, DestinationRule, Gateway, ServiceEntry and Sidecar.

use serde::Deserialize;

use crate::ingest::kubernetes::Presence;
use crate::ingest::{List, Map};
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualServiceSpec {
    /// None makes it a piece that another one delegates to.
    pub hosts: List<String>,
    /// `mesh`, `name` or `namespace/name`; absent means `mesh`.
    pub gateways: List<String>,
    pub http: List<HttpRoute>,
    pub tls: List<TlsRoute>,
    pub tcp: List<TcpRoute>,
    pub export_to: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HttpRoute {
    pub name: Field<String>,
    /// One of them must hold; none means that everything matches.
    #[serde(rename = "match")]
    pub matches: List<HttpMatch>,
    pub route: List<RouteDestination>,
    pub redirect: Field<Presence>,
    pub direct_response: Field<Presence>,
    pub delegate: Field<Presence>,
    /// A duration; absent means none.
    pub timeout: Field<String>,
    pub mirror: Field<Destination>,
    pub mirrors: List<Mirror>,
}

/// Conditions of which all must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HttpMatch {
    pub uri: Field<StringMatch>,
    pub scheme: Field<StringMatch>,
    pub method: Field<StringMatch>,
    pub authority: Field<StringMatch>,
    pub headers: Map<StringMatch>,
    pub without_headers: Map<StringMatch>,
    pub query_params: Map<StringMatch>,
    pub ignore_uri_case: Field<bool>,
    pub port: Field<i64>,
    pub source_labels: Map<String>,
    pub source_namespace: Field<String>,
    pub gateways: List<String>,
}

/// One of these; an empty one only asks that there is something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StringMatch {
    pub exact: Field<String>,
    pub prefix: Field<String>,
    pub regex: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TlsRoute {
    #[serde(rename = "match")]
    pub matches: List<L4Match>,
    pub route: List<RouteDestination>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TcpRoute {
    #[serde(rename = "match")]
    pub matches: List<L4Match>,
    pub route: List<RouteDestination>,
}

/// Conditions of which all must hold, for TLS (`sniHosts`) and TCP.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct L4Match {
    pub sni_hosts: List<String>,
    pub destination_subnets: List<String>,
    pub port: Field<i64>,
    pub source_labels: Map<String>,
    pub source_namespace: Field<String>,
    pub gateways: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RouteDestination {
    pub destination: Field<Destination>,
    /// Absent means 0, and all where it is the only one.
    pub weight: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Destination {
    /// A name of one part is one of the VirtualService's own namespace.
    pub host: Field<String>,
    pub subset: Field<String>,
    pub port: Field<PortSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PortSelector {
    pub number: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Mirror {
    pub destination: Field<Destination>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DestinationRuleSpec {
    pub host: Field<String>,
    pub traffic_policy: Field<TrafficPolicy>,
    pub subsets: List<Subset>,
    pub export_to: List<String>,
    /// Whose calls it is for; absent means all.
    pub workload_selector: Field<PolicySelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Subset {
    pub name: Field<String>,
    pub labels: Map<String>,
    pub traffic_policy: Field<TrafficPolicy>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TrafficPolicy {
    pub connection_pool: Field<Presence>,
    pub outlier_detection: Field<Presence>,
    pub tls: Field<ClientTls>,
    pub port_level_settings: List<PortPolicy>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortPolicy {
    pub connection_pool: Field<Presence>,
    pub outlier_detection: Field<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientTls {
    /// DISABLE, SIMPLE, MUTUAL or ISTIO_MUTUAL.
    pub mode: Field<String>,
}

/// Labels that select workloads: `matchLabels` in policies, `labels` in routing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicySelector {
    #[serde(alias = "labels", rename = "matchLabels")]
    pub match_labels: Map<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GatewaySpec {
    /// Labels of the pods that it is for, in any namespace; absent means all of them.
    pub selector: Map<String>,
    pub servers: List<Server>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Server {
    pub port: Field<Port>,
    /// `host`, or `namespace/host` of the VirtualServices that may have it.
    pub hosts: List<String>,
    pub tls: Field<ServerTls>,
    pub bind: Field<String>,
}

/// A port of a Gateway's server or of a ServiceEntry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Port {
    pub number: Field<i64>,
    /// HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP, TLS and a few more, in any case.
    pub protocol: Field<String>,
    pub name: Field<String>,
    pub target_port: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServerTls {
    /// Absent means PASSTHROUGH.
    pub mode: Field<String>,
    pub credential_name: Field<String>,
    /// Several certificates by name, since Istio 1.25.
    pub credential_names: List<String>,
    pub tls_certificates: List<Presence>,
    pub server_certificate: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceEntrySpec {
    pub hosts: List<String>,
    pub addresses: List<String>,
    pub ports: List<Port>,
    /// Absent means NONE.
    pub resolution: Field<String>,
    pub endpoints: List<Endpoint>,
    pub workload_selector: Field<PolicySelector>,
    pub export_to: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    pub address: Field<String>,
    /// By the names of the ServiceEntry's ports.
    pub ports: Map<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SidecarSpec {
    /// Absent means all workloads of the namespace.
    pub workload_selector: Field<PolicySelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorSpec {
    pub mesh_config: Field<MeshConfig>,
}

/// Settings of the whole mesh, as far as they change what other objects mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MeshConfig {
    /// Whose policies are for all namespaces; absent means the control plane's own.
    pub root_namespace: Field<String>,
}
