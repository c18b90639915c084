//! NetworkPolicies, and which pods they select.
//!
//! Policies of other API groups are not read here; it is only known that they are there, see
//! [`Policies::others`]. What they do is in [`super::connectivity`], as far as it is read at all.

use rustc_hash::{FxHashMap, FxHashSet};

use super::labels::{Answer, Selector};
use super::namespaces::fold;
use super::object::Object;
use super::policy_rules::{Rules, rules};
use super::workloads::Workloads;
use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
pub use crate::ingest::kubernetes::{KeySpans, LabelSelector, NetworkPolicySpec};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A direction that a policy may isolate pods in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    /// As `policyTypes` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        }
    }

    /// The field that holds the direction's rules.
    pub fn field(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }
}

#[derive(Debug)]
pub struct Policy<'a> {
    pub object: Object<'a>,
    pub spec: &'a NetworkPolicySpec,
    /// The key of its namespace, see [`Object::namespace`].
    pub namespace: &'a str,
    pub selector: Selector<'a>,
    pub ingress: Rules<'a>,
    pub egress: Rules<'a>,
    /// The classes of pods in view that it selects, or may select. Empty for one that selects
    /// every pod: see [`Policies::selecting`].
    selected: Vec<(usize, Answer)>,
}

#[derive(Debug, Default)]
pub struct Policies<'a> {
    pub all: Vec<Policy<'a>>,
    /// By folded namespace, those that select every pod of it.
    select_all: FxHashMap<&'a str, Vec<usize>>,
    /// By folded namespace, all of its policies.
    by_namespace: FxHashMap<&'a str, Vec<usize>>,
    /// By class, the other ones that select it, or may.
    of_class: FxHashMap<usize, Vec<(usize, Answer)>>,
    /// Policies of other API groups, which may allow what these do not.
    pub others: Vec<Object<'a>>,
    /// By where their names stand.
    by_place: FxHashMap<Span, usize>,
}

impl<'a> Policies<'a> {
    /// `patches` are pieces that are merged into other objects.
    pub fn new(
        objects: &[Object<'a>],
        patches: &[Object<'a>],
        workloads: &Workloads<'a>,
    ) -> Policies<'a> {
        let mut policies = Policies::default();
        let patches = patches.iter().filter(|patch| patch.kind() == "NetworkPolicy");
        let patched: FxHashSet<&str> = patches.map(|patch| patch.name()).collect();
        for object in objects {
            if is_other_policy(*object) {
                policies.others.push(*object);
            }
            let Body::Kubernetes(Kubernetes::NetworkPolicy(spec)) = object.body() else { continue };
            let mut policy = Policy::new(*object, spec, workloads);
            if patched.contains(object.name()) {
                policy.doubt();
            }
            let index = policies.all.len();
            if policy.selector.is_empty() {
                policies.select_all.entry(fold(policy.namespace)).or_default().push(index);
            }
            policies.by_namespace.entry(fold(policy.namespace)).or_default().push(index);
            for (class, answer) in &policy.selected {
                policies.of_class.entry(*class).or_default().push((index, *answer));
            }
            policies.by_place.insert(object.resource.name_span(), index);
            policies.all.push(policy);
        }
        policies
    }

    /// The NetworkPolicy that an object is.
    pub fn of(&self, object: Object<'_>) -> Option<&Policy<'a>> {
        let index = self.by_place.get(&object.resource.name_span())?;
        Some(&self.all[*index]).filter(|policy| policy.object.is(object))
    }

    /// All policies of a namespace, by index.
    pub fn in_namespace(&self, namespace: &str) -> &[usize] {
        self.by_namespace.get(fold(namespace)).map_or(&[], Vec::as_slice)
    }

    /// The policies that select every pod of a namespace, by index.
    pub fn selecting_all(&self, namespace: &str) -> &[usize] {
        self.select_all.get(fold(namespace)).map_or(&[], Vec::as_slice)
    }

    /// The policies that select a class, or may, beside those that select every pod.
    pub fn selecting_class(&self, class: usize) -> &[(usize, Answer)] {
        self.of_class.get(&class).map_or(&[], Vec::as_slice)
    }
}

/// Kinds of policies beside NetworkPolicy, by the names that Calico, Cilium, Antrea, the network
/// policy API and clouds give them. Staged policies are never enforced.
fn is_other_policy(object: Object<'_>) -> bool {
    let kind = object.kind();
    let built_in = kind == "NetworkPolicy"
        && matches!(object.resource.group(), "networking.k8s.io" | "extensions");
    kind.ends_with("NetworkPolicy") && !built_in && !kind.starts_with("Staged")
        // The baseline comes after NetworkPolicies and adds nothing to what they allow.
        && kind != "BaselineAdminNetworkPolicy"
}

impl<'a> Policy<'a> {
    fn new(
        object: Object<'a>,
        spec: &'a NetworkPolicySpec,
        workloads: &Workloads<'a>,
    ) -> Policy<'a> {
        let namespace = object.namespace();
        let selector = Selector::of_field(&spec.pod_selector);
        let selected = match selector.is_empty() {
            true => Vec::new(),
            false => workloads.select(namespace, &selector),
        };
        let ingress =
            rules(Direction::Ingress, spec, &spec.ingress, |rule| (&rule.from, &rule.ports));
        let egress = rules(Direction::Egress, spec, &spec.egress, |rule| (&rule.to, &rule.ports));
        Policy { object, spec, namespace, selector, ingress, egress, selected }
    }

    /// What it lets through, and whether it isolates, is decided elsewhere.
    fn doubt(&mut self) {
        for rules in [&mut self.ingress, &mut self.egress] {
            rules.partly_unknown = true;
            rules.isolates = Answer::Unknown;
        }
    }

    pub fn rules(&self, direction: Direction) -> &Rules<'a> {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// The classes of pods in view that it selects, or may select.
    pub fn classes(&self, workloads: &Workloads<'a>) -> Vec<(usize, Answer)> {
        if !self.selector.is_empty() {
            return self.selected.clone();
        }
        let classes = workloads.classes_in(self.namespace);
        classes.iter().map(|class| (*class, Answer::Yes)).collect()
    }

    /// Whether it selects pods in view, or may.
    pub fn selects_any(&self, workloads: &Workloads<'a>) -> bool {
        match self.selector.is_empty() {
            true => workloads.any_in(self.namespace),
            false => !self.selected.is_empty(),
        }
    }

    /// Where the entry of `policyTypes` for a direction stands.
    pub fn type_span(&self, direction: Direction) -> Option<Span> {
        let types = self.spec.policy_types.items().iter().filter_map(Field::known);
        types.filter(|name| name.value == direction.name()).map(|name| name.span).next()
    }

    /// Where a rule for a direction belongs: at the key of its list, else at its entry of
    /// `policyTypes`, else at the policy's name.
    pub fn rules_span(&self, direction: Direction) -> Span {
        let list = self.rules(direction).span;
        let key = self.spec.keys.span(list).or(list);
        key.or(self.type_span(direction)).unwrap_or(self.object.resource.name_span())
    }
}
