//! Objects of Istio: routing, Gateways, hosts outside of the cluster, and who may talk to whom
//! over mutual TLS.
//!
//! All versions of a kind, `v1alpha3` to `v1`, have the same fields. The types follow
//! <https://istio.io/latest/docs/reference/config/>; filters of Envoy, telemetry and the like are
//! not read.

mod routing;
mod security;

pub use routing::*;
pub use security::*;

use super::kubernetes::spec;
use crate::syntax::Node;

#[derive(Debug)]
pub enum Istio {
    AuthorizationPolicy(Box<AuthorizationPolicySpec>),
    DestinationRule(Box<DestinationRuleSpec>),
    Gateway(Box<GatewaySpec>),
    Operator(Box<OperatorSpec>),
    PeerAuthentication(Box<PeerAuthenticationSpec>),
    ServiceEntry(Box<ServiceEntrySpec>),
    Sidecar(Box<SidecarSpec>),
    VirtualService(Box<VirtualServiceSpec>),
}

/// Reads an object of a group of Istio by its kind.
pub fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Istio> {
    Some(match (group, kind) {
        ("networking.istio.io", "DestinationRule") => Istio::DestinationRule(spec(node)?),
        ("networking.istio.io", "Gateway") => Istio::Gateway(spec(node)?),
        ("networking.istio.io", "ServiceEntry") => Istio::ServiceEntry(spec(node)?),
        ("networking.istio.io", "Sidecar") => Istio::Sidecar(spec(node)?),
        ("networking.istio.io", "VirtualService") => Istio::VirtualService(spec(node)?),
        ("security.istio.io", "AuthorizationPolicy") => Istio::AuthorizationPolicy(spec(node)?),
        ("security.istio.io", "PeerAuthentication") => Istio::PeerAuthentication(spec(node)?),
        ("install.istio.io", "IstioOperator") => Istio::Operator(spec(node)?),
        _ => return None,
    })
}
