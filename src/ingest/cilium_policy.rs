//! Cilium's policies: CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
//!
//! <https://docs.cilium.io/en/stable/security/policy/>

use serde::Deserialize;

use super::kubernetes::{KeySpans, LabelSelector, Presence};
use super::{IntOrString, List};
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug)]
pub struct CiliumPolicy {
    /// Whether it is about every namespace.
    pub clusterwide: bool,
    /// `spec` and those of `specs`.
    pub specs: Vec<Field<CiliumPolicySpec>>,
    /// The keys of the whole object.
    pub keys: KeySpans,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parts {
    spec: Field<CiliumPolicySpec>,
    specs: List<CiliumPolicySpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CiliumPolicySpec {
    pub endpoint_selector: Field<LabelSelector>,
    /// Only clusterwide.
    pub node_selector: Field<LabelSelector>,
    pub ingress: List<CiliumRule>,
    pub ingress_deny: List<CiliumRule>,
    pub egress: List<CiliumRule>,
    pub egress_deny: List<CiliumRule>,
    pub enable_default_deny: Field<DefaultDeny>,
}

/// Absent: where there are rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DefaultDeny {
    pub ingress: Field<bool>,
    pub egress: Field<bool>,
}

/// One kind of peer at the most; without any, every peer of the ports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CiliumRule {
    #[serde(rename = "fromEndpoints", alias = "toEndpoints")]
    pub endpoints: List<LabelSelector>,
    #[serde(rename = "fromEntities", alias = "toEntities")]
    pub entities: List<String>,
    #[serde(rename = "fromCIDR", alias = "toCIDR")]
    pub cidrs: List<String>,
    #[serde(rename = "fromCIDRSet", alias = "toCIDRSet")]
    pub cidr_sets: List<CidrSet>,
    #[serde(rename = "fromNodes", alias = "toNodes")]
    pub nodes: List<Presence>,
    #[serde(rename = "fromGroups", alias = "toGroups")]
    pub groups: List<Presence>,
    #[serde(rename = "fromRequires", alias = "toRequires")]
    pub requires: List<Presence>,
    pub to_services: List<Presence>,
    #[serde(rename = "toFQDNs")]
    pub fqdns: List<FqdnSelector>,
    pub to_ports: List<CiliumPorts>,
    pub icmps: List<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CidrSet {
    pub cidr: Field<String>,
    pub except: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FqdnSelector {
    pub match_name: Field<String>,
    pub match_pattern: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CiliumPorts {
    pub ports: List<CiliumPort>,
    pub rules: Field<L7Rules>,
}

/// What is looked at inside of connections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct L7Rules {
    pub dns: List<FqdnSelector>,
    pub http: List<Presence>,
    pub kafka: List<Presence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CiliumPort {
    /// A text of digits, or a name; absent, empty and 0 mean every port.
    pub port: Field<IntOrString>,
    pub end_port: Field<i64>,
    /// TCP, UDP, SCTP or ANY; absent: ANY.
    pub protocol: Field<String>,
}

/// Reads an object by its kind.
pub fn read(kind: &str, node: Node<'_>) -> Option<CiliumPolicy> {
    let clusterwide = match kind {
        "CiliumNetworkPolicy" => false,
        "CiliumClusterwideNetworkPolicy" => true,
        _ => return None,
    };
    let Parts { spec, specs } = decode::<Parts>(node).0?;
    let specs = std::iter::once(spec).filter(|spec| !spec.is_absent()).chain(match specs {
        Field::Known(specs) => specs.value,
        Field::Absent => Vec::new(),
        Field::Unknown(span) => vec![Field::Unknown(span)],
    });
    let keys = KeySpans::below(Some(node));
    Some(CiliumPolicy { clusterwide, specs: specs.collect(), keys })
}
