//! Gateway API: classes, Gateways, their listeners, routes of every kind, and grants.
//!
//! Fields are those of v1.4 and of what came before it: a kind has them in all of its versions,
//! `v1`, `v1beta1` and the alphas. Policies that are attached to routes are not read.
//! <https://gateway-api.sigs.k8s.io/reference/spec/>

use serde::Deserialize;

use super::List;
use super::kubernetes::{LabelSelector, spec};
use crate::syntax::Node;
use crate::syntax::decode::Field;

/// Its group; references leave it out where this is the default.
pub const GROUP: &str = "gateway.networking.k8s.io";

#[derive(Debug)]
pub enum GatewayApi {
    GatewayClass,
    Gateway(Box<GatewaySpec>),
    ListenerSet(Box<ListenerSetSpec>),
    Route(Box<GatewayRouteSpec>),
    ReferenceGrant(Box<ReferenceGrantSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GatewaySpec {
    pub gateway_class_name: Field<String>,
    pub listeners: List<Listener>,
    /// Which ListenerSets may add listeners; absent: none.
    pub allowed_listeners: Field<AllowedListeners>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AllowedListeners {
    pub namespaces: Field<RouteNamespaces>,
}

/// More listeners for a Gateway.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListenerSetSpec {
    pub parent_ref: Field<ParentReference>,
    pub listeners: List<Listener>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Listener {
    pub name: Field<String>,
    /// Absent: every name.
    pub hostname: Field<String>,
    pub port: Field<i64>,
    /// HTTP, HTTPS, TLS, TCP, UDP, or one of an implementation.
    pub protocol: Field<String>,
    pub tls: Field<ListenerTls>,
    pub allowed_routes: Field<AllowedRoutes>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListenerTls {
    /// Terminate or Passthrough; absent: Terminate.
    pub mode: Field<String>,
    pub certificate_refs: List<ObjectReference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AllowedRoutes {
    pub namespaces: Field<RouteNamespaces>,
    /// Absent: those that the protocol suggests.
    pub kinds: List<RouteGroupKind>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RouteNamespaces {
    /// All, Same, Selector or None; absent: Same.
    pub from: Field<String>,
    pub selector: Field<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RouteGroupKind {
    pub group: Field<String>,
    pub kind: Field<String>,
}

/// Of HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GatewayRouteSpec {
    pub parent_refs: List<ParentReference>,
    pub hostnames: List<String>,
    pub rules: List<RouteRule>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ParentReference {
    /// Absent: that of Gateway API.
    pub group: Field<String>,
    /// Absent: Gateway.
    pub kind: Field<String>,
    /// Absent: that of the object itself.
    pub namespace: Field<String>,
    pub name: Field<String>,
    /// The name of a listener; absent: all of them.
    pub section_name: Field<String>,
    pub port: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RouteRule {
    pub name: Field<String>,
    pub matches: List<RouteMatch>,
    pub filters: List<RouteFilter>,
    pub backend_refs: List<ObjectReference>,
}

/// Of HTTPRoute; what else a match of the other kinds has is not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RouteMatch {
    pub path: Field<PathMatch>,
    pub headers: List<ValueMatch>,
    pub query_params: List<ValueMatch>,
    pub method: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PathMatch {
    /// Exact, PathPrefix or RegularExpression; absent: PathPrefix.
    #[serde(rename = "type")]
    pub kind: Field<String>,
    /// Absent: `/`.
    pub value: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ValueMatch {
    /// Absent: Exact.
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub name: Field<String>,
    pub value: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RouteFilter {
    #[serde(rename = "type")]
    pub kind: Field<String>,
    pub request_mirror: Field<RequestMirror>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RequestMirror {
    pub backend_ref: Field<ObjectReference>,
}

/// A reference to a backend, or to the Secret of a certificate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ObjectReference {
    /// Absent: the core group.
    pub group: Field<String>,
    /// Absent: Service, or Secret.
    pub kind: Field<String>,
    pub name: Field<String>,
    /// Absent: that of the object itself.
    pub namespace: Field<String>,
    /// Of backends: a port of the Service.
    pub port: Field<i64>,
    /// Of backends; absent: 1.
    pub weight: Field<i64>,
}

/// In the namespace of what is referred to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReferenceGrantSpec {
    pub from: List<GrantFrom>,
    pub to: List<GrantTo>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GrantFrom {
    pub group: Field<String>,
    pub kind: Field<String>,
    pub namespace: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GrantTo {
    pub group: Field<String>,
    pub kind: Field<String>,
    /// Absent: every object of the kind.
    pub name: Field<String>,
}

/// Reads an object of Gateway API by its kind. ListenerSets had a group of their own before.
pub fn read(kind: &str, node: Node<'_>) -> Option<GatewayApi> {
    Some(match kind {
        "GatewayClass" => GatewayApi::GatewayClass,
        "Gateway" => GatewayApi::Gateway(spec(node)?),
        "ListenerSet" | "XListenerSet" => GatewayApi::ListenerSet(spec(node)?),
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute" => {
            GatewayApi::Route(spec(node)?)
        }
        "ReferenceGrant" | "ReferencePolicy" => GatewayApi::ReferenceGrant(spec(node)?),
        _ => return None,
    })
}
