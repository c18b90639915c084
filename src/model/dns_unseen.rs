//! Pods that policies select and the files do not show.
//!
//! A policy that selects nothing in view is meant for pods that are elsewhere; it is looked at by
//! the labels that it asks for. Policies of the whole cluster say too little about which pods they
//! are about, and are left out.

use rustc_hash::FxHashSet;

use super::cluster_dns::{KUBE_SYSTEM, OPENSHIFT_DNS};
use super::connectivity::endpoints::Unseen;
use super::connectivity::{calico, cilium};
use super::dns_egress::Parts;
use super::labels::Selector;
use super::namespaces::fold;
use super::object::Object;
use crate::ingest::Body;
use crate::ingest::calico_policy::CalicoPolicy;
use crate::syntax::decode::Field;

/// How many kinds of pods are thought of in one namespace; policies of one that has more of them,
/// and no pods in view, are generated, and each says the same.
const MAX_KINDS: usize = 256;

/// Policies with pods that they select and that are out of sight, each kind of pods once.
pub fn selected_out_of_sight<'a>(parts: &Parts<'_, 'a>) -> Vec<(Object<'a>, Unseen<'a>)> {
    let mut found = Vec::new();
    let mut known: FxHashSet<(&str, Selector<'a>)> = FxHashSet::default();
    let mut counts = rustc_hash::FxHashMap::default();
    let mut add = |object: Object<'a>, selector: Selector<'a>, has_rules: bool| {
        let namespace = object.namespace();
        if matches!(namespace, KUBE_SYSTEM | OPENSHIFT_DNS) {
            return;
        }
        let pods_in_view = parts.workloads.any_in(namespace);
        let selects_seen = || !parts.workloads.select(namespace, &selector).is_empty();
        if pods_in_view && (!has_rules || selects_seen()) {
            return;
        }
        let count: &mut usize = counts.entry(fold(namespace)).or_default();
        if *count < MAX_KINDS && known.insert((fold(namespace), selector.clone())) {
            *count += 1;
            found.push((object, Unseen::selected_by(selector, namespace)));
        }
    };
    for policy in &parts.policies.all {
        if policy.egress.isolates.is_yes() {
            add(policy.object, policy.selector.clone(), !policy.egress.rules.is_empty());
        }
    }
    for object in parts.objects {
        match object.body() {
            Body::CiliumPolicy(policy) if !policy.clusterwide => {
                for spec in policy.specs.iter().filter_map(Field::value) {
                    let rules = !spec.egress.items().is_empty();
                    let pods = cilium::selector(&spec.endpoint_selector, true).only_pods();
                    if let Some(pods) =
                        pods.filter(|_| rules && !spec.endpoint_selector.is_absent())
                    {
                        add(*object, pods, rules);
                    }
                }
            }
            Body::CalicoPolicy(CalicoPolicy::Namespaced(spec)) => {
                let selector = match &spec.selector {
                    Field::Absent => Some(Selector::default()),
                    Field::Known(written) => {
                        written.value.parsed.as_ref().ok().and_then(calico::as_selector)
                    }
                    Field::Unknown(_) => None,
                };
                let selector = selector.filter(|_| spec.service_account_selector.is_absent());
                if let Some(selector) = selector {
                    add(*object, selector, !spec.egress.items().is_empty());
                }
            }
            _ => {}
        }
    }
    found
}
