//! Where a finding about a policy of any kind points, and whether the policy has rules there.

use super::Network;
use super::object::Object;
use super::policies::Direction;
use crate::ingest::admin_policy::AdminPolicy;
use crate::ingest::calico_policy::{CalicoPolicy, CalicoPolicySpec};
use crate::ingest::cilium_policy::{CiliumPolicy, CiliumPolicySpec};
use crate::ingest::{Body, List};
use crate::source::Span;
use crate::syntax::decode::Field;

impl Network<'_> {
    /// Where a rule for a direction belongs: at the key of its list, else at its entry of the
    /// policy's types, else at the policy's name.
    pub fn rules_place(&self, policy: Object<'_>, direction: Direction) -> Span {
        let place = match policy.body() {
            Body::CalicoPolicy(CalicoPolicy::Namespaced(spec) | CalicoPolicy::Global(spec)) => {
                let list = pick(direction, &spec.ingress, &spec.egress).span();
                let mut types = spec.types.items().iter().filter_map(Field::known);
                let entry = types.find(|name| name.value == direction.name());
                spec.keys.span(list).or(list).or(entry.map(|name| name.span))
            }
            Body::CiliumPolicy(policy) => {
                let lists = rules_of_cilium(policy, direction).into_iter();
                let list = lists.filter_map(Field::span).next();
                policy.keys.span(list).or(list)
            }
            Body::AdminPolicy(policy) => {
                let spec = policy.spec();
                let list = pick(direction, &spec.ingress, &spec.egress).span();
                spec.keys.span(list).or(list)
            }
            _ => self.policies.of(policy).map(|policy| policy.rules_span(direction)),
        };
        place.unwrap_or(policy.resource.name_span())
    }

    /// Whether a policy has rules for a direction.
    pub fn has_rules(&self, policy: Object<'_>, direction: Direction) -> bool {
        match policy.body() {
            Body::CalicoPolicy(CalicoPolicy::Namespaced(spec) | CalicoPolicy::Global(spec)) => {
                !pick(direction, &spec.ingress, &spec.egress).items().is_empty()
            }
            Body::CiliumPolicy(policy) => {
                rules_of_cilium(policy, direction).iter().any(|list| !list.items().is_empty())
            }
            Body::AdminPolicy(policy) => {
                let spec = policy.spec();
                !pick(direction, &spec.ingress, &spec.egress).items().is_empty()
            }
            _ => {
                let policy = self.policies.of(policy);
                policy.is_some_and(|policy| !policy.rules(direction).rules.is_empty())
            }
        }
    }

    /// The action of a rule that denies, given by its place; or all of the rule.
    pub fn action_place(&self, policy: Object<'_>, rule: Span) -> Span {
        let action = match policy.body() {
            Body::CalicoPolicy(CalicoPolicy::Namespaced(spec) | CalicoPolicy::Global(spec)) => {
                of_calico(spec, rule)
            }
            Body::AdminPolicy(policy) => {
                let spec = policy.spec();
                let rules = spec.ingress.items().iter().chain(spec.egress.items());
                let mut rules = rules.filter_map(Field::known).filter(|it| it.span == rule);
                rules.find_map(|it| it.value.action.span())
            }
            Body::CiliumPolicy(policy) => {
                let specs = policy.specs.iter().filter_map(Field::value);
                let mut lists = specs.flat_map(|spec| [&spec.ingress_deny, &spec.egress_deny]);
                let list = lists.find(|list| list.items().iter().any(|it| it.span() == Some(rule)));
                policy.keys.span(list.and_then(Field::span))
            }
            _ => None,
        };
        action.unwrap_or(rule)
    }
}

fn pick<T>(direction: Direction, ingress: T, egress: T) -> T {
    match direction {
        Direction::Ingress => ingress,
        Direction::Egress => egress,
    }
}

fn of_calico(spec: &CalicoPolicySpec, rule: Span) -> Option<Span> {
    let rules = spec.ingress.items().iter().chain(spec.egress.items());
    let mut rules = rules.filter_map(Field::known).filter(|it| it.span == rule);
    rules.find_map(|it| it.value.action.span())
}

/// The lists of rules of a direction, what is allowed before what is denied.
fn rules_of_cilium(
    policy: &CiliumPolicy,
    direction: Direction,
) -> Vec<&List<crate::ingest::cilium_policy::CiliumRule>> {
    let specs: Vec<&CiliumPolicySpec> = policy.specs.iter().filter_map(Field::value).collect();
    let allow = specs.iter().map(|spec| pick(direction, &spec.ingress, &spec.egress));
    let deny = specs.iter().map(|spec| pick(direction, &spec.ingress_deny, &spec.egress_deny));
    allow.chain(deny).collect()
}

/// In whose words a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    NetworkPolicy,
    /// Of Calico: NetworkPolicy and GlobalNetworkPolicy.
    Calico,
    Cilium,
    /// AdminNetworkPolicy and BaselineAdminNetworkPolicy.
    Admin,
    ClusterNetworkPolicy,
}

impl Dialect {
    pub fn of(policy: Object<'_>) -> Dialect {
        match policy.body() {
            Body::CalicoPolicy(_) => Dialect::Calico,
            Body::CiliumPolicy(_) => Dialect::Cilium,
            Body::AdminPolicy(AdminPolicy::Cluster(_)) => Dialect::ClusterNetworkPolicy,
            Body::AdminPolicy(_) => Dialect::Admin,
            _ => Dialect::NetworkPolicy,
        }
    }
}
