//! Policies of Calico and Cilium as they are written; what they let through is in
//! [`super::connectivity`].

use super::Network;
use super::object::Object;
use crate::ingest::Body;
pub use crate::ingest::IntOrString;
use crate::ingest::calico_policy::CalicoPolicy;
pub use crate::ingest::calico_policy::{CalicoPolicySpec, CalicoRule, EntityRule, LabelExpression};
pub use crate::ingest::cilium_policy::{CiliumPolicySpec, CiliumPorts, CiliumRule, FqdnSelector};
use crate::ingest::kubernetes::{KeySpans, LabelSelector};
use crate::syntax::decode::Field;
pub use crate::syntax::label_expression::Expression;

/// A policy of Calico.
#[derive(Clone, Copy, Debug)]
pub struct CalicoPolicyView<'a> {
    pub object: Object<'a>,
    pub is_global: bool,
    pub spec: &'a CalicoPolicySpec,
}

/// One specification of a policy of Cilium.
#[derive(Clone, Copy, Debug)]
pub struct CiliumPolicyView<'a> {
    pub object: Object<'a>,
    pub is_clusterwide: bool,
    pub spec: &'a CiliumPolicySpec,
    /// The keys of the whole object.
    pub keys: &'a KeySpans,
}

impl<'a> Network<'a> {
    pub fn calico_policies(&self) -> impl Iterator<Item = CalicoPolicyView<'a>> {
        self.objects.iter().filter_map(|object| {
            let (is_global, spec) = match object.body() {
                Body::CalicoPolicy(CalicoPolicy::Namespaced(spec)) => (false, spec),
                Body::CalicoPolicy(CalicoPolicy::Global(spec)) => (true, spec),
                _ => return None,
            };
            Some(CalicoPolicyView { object: *object, is_global, spec })
        })
    }

    /// Global policies of Calico that isolate every pod there is, where no other global policy lets
    /// anything through.
    pub fn denies_everywhere(&self) -> Vec<CalicoPolicyView<'a>> {
        let global: Vec<CalicoPolicyView<'a>> =
            self.calico_policies().filter(|policy| policy.is_global).collect();
        // What lets the system's pods through may stand in any other policy for all.
        if global.iter().any(CalicoPolicyView::allows) {
            return Vec::new();
        }
        let everywhere =
            |policy: &CalicoPolicyView<'a>| policy.is_about_all() && !policy.is_for_hosts();
        global.into_iter().filter(everywhere).collect()
    }

    pub fn cilium_policies(&self) -> impl Iterator<Item = CiliumPolicyView<'a>> {
        self.objects.iter().flat_map(|object| {
            let policy = match object.body() {
                Body::CiliumPolicy(policy) => Some(policy),
                _ => None,
            };
            policy.into_iter().flat_map(|policy| {
                let view = |spec| CiliumPolicyView {
                    object: *object,
                    is_clusterwide: policy.clusterwide,
                    spec,
                    keys: &policy.keys,
                };
                policy.specs.iter().filter_map(Field::value).map(view)
            })
        })
    }
}

impl<'a> CalicoPolicyView<'a> {
    /// Every expression over labels that it holds.
    pub fn expressions(&self) -> Vec<&'a Field<LabelExpression>> {
        let spec = self.spec;
        let mut found =
            vec![&spec.selector, &spec.namespace_selector, &spec.service_account_selector];
        let rules = spec.ingress.items().iter().chain(spec.egress.items());
        for rule in rules.filter_map(Field::value) {
            for entity in [&rule.source, &rule.destination].into_iter().filter_map(Field::value) {
                found.extend([&entity.selector, &entity.not_selector, &entity.namespace_selector]);
            }
        }
        found
    }

    fn allows(&self) -> bool {
        let unknown = self.spec.ingress.is_unknown() || self.spec.egress.is_unknown();
        let mut actions = self.rules().map(|rule| rule.action.value().map(String::as_str));
        unknown || actions.any(|action| !matches!(action, Some("Deny" | "Log")))
    }

    /// Whether it selects every pod of every namespace.
    fn is_about_all(&self) -> bool {
        let all = |field: &Field<LabelExpression>| match field {
            Field::Absent => true,
            Field::Known(expression) => expression.value.parsed == Ok(Expression::All),
            Field::Unknown(_) => false,
        };
        let spec = self.spec;
        all(&spec.selector)
            && all(&spec.namespace_selector)
            && spec.service_account_selector.is_absent()
    }

    /// Whether it is about the interfaces of machines alone.
    fn is_for_hosts(&self) -> bool {
        let on = |field: &Field<bool>| field.value() == Some(&true);
        let spec = self.spec;
        on(&spec.do_not_track) || on(&spec.pre_dnat) || on(&spec.apply_on_forward)
    }

    /// Every rule that it holds, those for ingress first.
    pub fn rules(&self) -> impl Iterator<Item = &'a CalicoRule> + use<'a> {
        self.spec.ingress.items().iter().chain(self.spec.egress.items()).filter_map(Field::value)
    }
}

impl<'a> CiliumPolicyView<'a> {
    /// Every rule that it holds.
    pub fn rules(&self) -> impl Iterator<Item = &'a CiliumRule> + use<'a> {
        let spec = self.spec;
        let lists = [&spec.ingress, &spec.ingress_deny, &spec.egress, &spec.egress_deny];
        lists.into_iter().flat_map(|list| list.items()).filter_map(Field::value)
    }
}

/// The entries of a selector whose keys, without the source of the label, start as given: with
/// their values.
pub fn labels_starting<'s>(
    selector: &'s Field<LabelSelector>,
    start: &'s str,
) -> impl Iterator<Item = (&'s str, &'s Field<String>)> {
    let labels = selector.value().and_then(|selector| selector.match_labels.value());
    let entries = labels.into_iter().flat_map(|labels| labels.iter());
    entries.filter_map(move |(key, value)| {
        let key = key.as_str();
        let plain = key.strip_prefix("k8s:").or(key.strip_prefix("any:")).unwrap_or(key);
        plain.starts_with(start).then_some((key, value))
    })
}

/// The label with the namespace that Cilium gives every endpoint.
pub const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// Before the labels of the namespace.
pub const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

impl CiliumRule {
    /// The kinds of peers that it names, as their fields are called, with where they stand.
    pub fn peer_kinds(&self) -> Vec<(&'static str, crate::source::Span)> {
        let spans = [
            ("Endpoints", self.endpoints.span().filter(|_| !self.endpoints.items().is_empty())),
            ("Entities", self.entities.span().filter(|_| !self.entities.items().is_empty())),
            ("CIDR", self.cidrs.span().filter(|_| !self.cidrs.items().is_empty())),
            ("CIDRSet", self.cidr_sets.span().filter(|_| !self.cidr_sets.items().is_empty())),
            ("Nodes", self.nodes.span().filter(|_| !self.nodes.items().is_empty())),
            ("Groups", self.groups.span().filter(|_| !self.groups.items().is_empty())),
            ("Services", self.to_services.span().filter(|_| !self.to_services.items().is_empty())),
            ("FQDNs", self.fqdns.span().filter(|_| !self.fqdns.items().is_empty())),
        ];
        spans.into_iter().filter_map(|(name, span)| Some((name, span?))).collect()
    }

    /// Whether it sends requests for names through Cilium's DNS proxy.
    pub fn has_dns_rules(&self) -> bool {
        self.to_ports.items().iter().filter_map(Field::value).any(|ports| {
            ports
                .rules
                .value()
                .is_some_and(|rules| !rules.dns.items().is_empty() || rules.dns.is_unknown())
                || ports.rules.is_unknown()
        }) || self.to_ports.is_unknown()
    }

    /// Whether it lets pods ask the cluster's DNS, by the label of its pods.
    pub fn names_kube_dns(&self) -> bool {
        self.endpoints.items().iter().any(|selector| {
            labels_starting(selector, "k8s-app")
                .any(|(_, value)| value.value().is_some_and(|value| value == "kube-dns"))
        })
    }
}
