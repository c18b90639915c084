//! NetworkPolicy.

use serde::Deserialize;

use super::{KeySpans, LabelSelector};
use crate::ingest::{IntOrString, List};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::decode::Field;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// Absent selects like `{}`: every pod of the namespace.
    pub pod_selector: Field<LabelSelector>,
    pub policy_types: List<String>,
    pub ingress: List<IngressRule>,
    pub egress: List<EgressRule>,
    /// Selectors that are written and null, which counts as absent.
    #[serde(skip)]
    pub null_selectors: Vec<Span>,
    /// Of all entries of the specification.
    #[serde(skip)]
    pub keys: KeySpans,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressRule {
    /// Absent or empty: from anywhere.
    pub from: List<PolicyPeer>,
    /// Absent or empty: every port of every protocol.
    pub ports: List<PolicyPort>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EgressRule {
    /// Absent or empty: to anywhere.
    pub to: List<PolicyPeer>,
    pub ports: List<PolicyPort>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyPeer {
    pub pod_selector: Field<LabelSelector>,
    pub namespace_selector: Field<LabelSelector>,
    pub ip_block: Field<IpBlock>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IpBlock {
    pub cidr: Field<String>,
    pub except: List<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyPort {
    /// Absent means TCP.
    pub protocol: Field<String>,
    pub port: Field<IntOrString>,
    pub end_port: Field<i64>,
}

/// The values of `podSelector:` and `namespaceSelector:` with nothing behind them.
pub(super) fn null_selectors(policy: Node<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let Some(spec) = policy.get("spec") else { return found };
    let mut look = |node: Node<'_>| {
        for (key, value) in node.entries() {
            let selector = matches!(key.str(), Some("podSelector" | "namespaceSelector"));
            if selector && value.is_null() {
                found.push(key.span());
            }
        }
    };
    look(spec);
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(rules).into_iter().flat_map(Node::items) {
            rule.get(peers).into_iter().flat_map(Node::items).for_each(&mut look);
        }
    }
    found
}
