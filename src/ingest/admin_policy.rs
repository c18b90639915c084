//! Policies of the cluster's administrators: AdminNetworkPolicy, BaselineAdminNetworkPolicy, and
//! ClusterNetworkPolicy, which took the place of both.
//!
//! <https://network-policy-api.sigs.k8s.io/reference/spec/>

use serde::Deserialize;

use super::List;
use super::kubernetes::{KeySpans, LabelSelector, spec};
use crate::syntax::Node;
use crate::syntax::decode::Field;

#[derive(Debug)]
pub enum AdminPolicy {
    Admin(Box<AdminPolicySpec>),
    Baseline(Box<AdminPolicySpec>),
    /// Of the tier that its specification names.
    Cluster(Box<AdminPolicySpec>),
}

impl AdminPolicy {
    pub fn spec(&self) -> &AdminPolicySpec {
        match self {
            AdminPolicy::Admin(spec) | AdminPolicy::Baseline(spec) | AdminPolicy::Cluster(spec) => {
                spec
            }
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdminPolicySpec {
    /// `Admin` or `Baseline`; only of ClusterNetworkPolicy.
    pub tier: Field<String>,
    /// The lowest is asked first.
    pub priority: Field<i64>,
    pub subject: Field<PodGroup>,
    pub ingress: List<AdminRule>,
    pub egress: List<AdminRule>,
    /// The keys of the specification.
    #[serde(skip)]
    pub keys: KeySpans,
}

/// Pods by their namespaces alone, or by both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodGroup {
    pub namespaces: Field<LabelSelector>,
    pub pods: Field<NamespacedPods>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamespacedPods {
    pub namespace_selector: Field<LabelSelector>,
    pub pod_selector: Field<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdminRule {
    pub name: Field<String>,
    /// Allow (v1alpha1) or Accept (v1alpha2), Deny, Pass.
    pub action: Field<String>,
    pub from: List<AdminPeer>,
    pub to: List<AdminPeer>,
    /// Of v1alpha1; absent: every port of every protocol.
    pub ports: List<AdminPort>,
    /// Of v1alpha2.
    pub protocols: List<AdminProtocol>,
}

/// Exactly one of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminPeer {
    pub namespaces: Field<LabelSelector>,
    pub pods: Field<NamespacedPods>,
    pub nodes: Field<LabelSelector>,
    pub networks: List<String>,
    pub domain_names: List<String>,
}

/// Exactly one of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminPort {
    pub port_number: Field<PortNumber>,
    pub named_port: Field<String>,
    pub port_range: Field<PortRange>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PortNumber {
    pub protocol: Field<String>,
    pub port: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PortRange {
    /// Absent: TCP.
    pub protocol: Field<String>,
    pub start: Field<i64>,
    pub end: Field<i64>,
}

/// Exactly one of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminProtocol {
    pub tcp: Field<PortsOfProtocol>,
    pub udp: Field<PortsOfProtocol>,
    pub sctp: Field<PortsOfProtocol>,
    pub destination_named_port: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortsOfProtocol {
    /// Absent: every port of the protocol.
    pub destination_port: Field<NumberOrRange>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NumberOrRange {
    pub number: Field<i64>,
    pub range: Field<PortRange>,
}

/// Reads an object of `policy.networking.k8s.io` by its kind.
pub fn read(kind: &str, node: Node<'_>) -> Option<AdminPolicy> {
    let kind = match kind {
        "AdminNetworkPolicy" => AdminPolicy::Admin,
        "BaselineAdminNetworkPolicy" => AdminPolicy::Baseline,
        "ClusterNetworkPolicy" => AdminPolicy::Cluster,
        _ => return None,
    };
    let mut policy: Box<AdminPolicySpec> = spec(node)?;
    policy.keys = KeySpans::below(node.get("spec"));
    Some(kind(policy))
}
