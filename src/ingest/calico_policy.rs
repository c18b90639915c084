//! Calico's policies: NetworkPolicy and GlobalNetworkPolicy, tiers, and sets of addresses.
//!
//! <https://docs.tigera.io/calico/latest/reference/resources/networkpolicy>

use serde::{Deserialize, Deserializer};

use super::kubernetes::{KeySpans, Presence, spec};
use super::{IntOrString, List};
use crate::syntax::Node;
use crate::syntax::decode::Field;
use crate::syntax::label_expression::{self, Expression, Fault};

/// An expression over labels, with what it means.
#[derive(Clone, Debug)]
pub struct LabelExpression {
    pub text: String,
    pub parsed: Result<Expression, Fault>,
}

impl<'de> Deserialize<'de> for LabelExpression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LabelExpression, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = label_expression::parse(&text);
        Ok(LabelExpression { text, parsed })
    }
}

#[derive(Debug)]
pub enum CalicoPolicy {
    /// Of one namespace.
    Namespaced(Box<CalicoPolicySpec>),
    Global(Box<CalicoPolicySpec>),
    Tier(Box<TierSpec>),
    /// Of one namespace.
    NetworkSet(Box<NetworkSetSpec>),
    GlobalNetworkSet(Box<NetworkSetSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CalicoPolicySpec {
    /// Absent: `default`.
    pub tier: Field<String>,
    /// The lowest is asked first; absent ones come last.
    pub order: Field<f64>,
    /// Absent: all.
    pub selector: Field<LabelExpression>,
    /// Of GlobalNetworkPolicy.
    pub namespace_selector: Field<LabelExpression>,
    pub service_account_selector: Field<LabelExpression>,
    /// Absent: those that there are rules for, and Ingress without any.
    pub types: List<String>,
    pub ingress: List<CalicoRule>,
    pub egress: List<CalicoRule>,
    pub do_not_track: Field<bool>,
    #[serde(rename = "preDNAT")]
    pub pre_dnat: Field<bool>,
    pub apply_on_forward: Field<bool>,
    /// The keys of the specification.
    #[serde(skip)]
    pub keys: KeySpans,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CalicoRule {
    /// Allow, Deny, Log or Pass.
    pub action: Field<String>,
    /// A name or a number; absent: every protocol.
    pub protocol: Field<IntOrString>,
    pub not_protocol: Field<IntOrString>,
    /// 4 or 6.
    pub ip_version: Field<i64>,
    pub source: Field<EntityRule>,
    pub destination: Field<EntityRule>,
    /// Looks at requests inside of connections.
    pub http: Field<Presence>,
}

/// All that is written must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EntityRule {
    pub nets: List<String>,
    pub not_nets: List<String>,
    pub selector: Field<LabelExpression>,
    pub not_selector: Field<LabelExpression>,
    pub namespace_selector: Field<LabelExpression>,
    /// Numbers, names, and ranges such as `8080:8090`.
    pub ports: List<IntOrString>,
    pub not_ports: List<IntOrString>,
    pub service_accounts: Field<ServiceAccounts>,
    pub services: Field<ServiceMatch>,
    pub domains: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceAccounts {
    pub names: List<String>,
    pub selector: Field<LabelExpression>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceMatch {
    pub name: Field<String>,
    pub namespace: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TierSpec {
    /// Absent ones come last.
    pub order: Field<f64>,
    /// Deny or Pass; absent: Deny.
    pub default_action: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkSetSpec {
    pub nets: List<String>,
}

/// Reads an object by its kind; staged policies are never enforced, and so none.
pub fn read(kind: &str, node: Node<'_>) -> Option<CalicoPolicy> {
    Some(match kind {
        "NetworkPolicy" => CalicoPolicy::Namespaced(policy(node)?),
        "GlobalNetworkPolicy" => CalicoPolicy::Global(policy(node)?),
        "Tier" => CalicoPolicy::Tier(spec(node)?),
        "NetworkSet" => CalicoPolicy::NetworkSet(spec(node)?),
        "GlobalNetworkSet" => CalicoPolicy::GlobalNetworkSet(spec(node)?),
        _ => return None,
    })
}

fn policy(node: Node<'_>) -> Option<Box<CalicoPolicySpec>> {
    let mut policy: Box<CalicoPolicySpec> = spec(node)?;
    policy.keys = KeySpans::below(node.get("spec"));
    Some(policy)
}
