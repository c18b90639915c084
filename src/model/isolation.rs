//! Which workloads policies isolate, namespace by namespace.
//!
//! Policies of every kind count: those of Calico, Cilium and of administrators as much as
//! NetworkPolicies. What may be isolated counts as isolated.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Network;
use super::connectivity::Connectivity;
use super::connectivity::layers::{Action, Policy};
use super::namespaces::{SYSTEM, fold};
use super::policies::Direction;

/// Namespaces in which components of the cluster run by themselves.
const OF_COMPONENTS: [&str; 6] = [
    "calico-apiserver",
    "calico-system",
    "kube-flannel",
    "metallb-system",
    "tigera-operator",
    "cilium-secrets",
];

/// The workloads of one namespace that policies can be about: none with the network of its node.
#[derive(Debug)]
pub struct Coverage<'a> {
    /// The folded key of the namespace.
    pub namespace: &'a str,
    /// Indices of workloads.
    pub workloads: Vec<usize>,
    /// Whether each is isolated for ingress and for egress, or may be.
    pub is_isolated: Vec<(bool, bool)>,
    /// Whether one policy isolates all of them for ingress.
    pub default_ingress: bool,
}

/// All namespaces with workloads in view, sorted, apart from those of the cluster itself. None
/// where the files have no policy of any kind: these are kept elsewhere, or nobody wants any.
pub fn coverage<'a>(network: &Network<'a>) -> Vec<Coverage<'a>> {
    let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, workload) in network.workloads.all.iter().enumerate() {
        let namespace = fold(workload.namespace);
        let of_cluster = namespace != "default" && SYSTEM.contains(&namespace);
        let of_cluster =
            of_cluster || OF_COMPONENTS.contains(&namespace) || namespace.starts_with("openshift-");
        if workload.host_network.is_no() && !of_cluster {
            by_namespace.entry(namespace).or_default().push(index);
        }
    }
    if by_namespace.is_empty() {
        return Vec::new();
    }
    let connectivity = network.connectivity();
    if connectivity.layers.is_empty() {
        return Vec::new();
    }
    let mut endpoint_of = FxHashMap::default();
    for (index, endpoint) in connectivity.endpoints.all.iter().enumerate() {
        endpoint_of.extend(endpoint.members.iter().map(|member| (*member, index)));
    }
    let is_isolated = |workload: &usize| {
        let endpoint = endpoint_of.get(workload).copied();
        let isolated =
            |way| endpoint.is_none_or(|endpoint| is_limited(connectivity, endpoint, way));
        (isolated(Direction::Ingress), isolated(Direction::Egress))
    };
    // Policies of kinds that nothing is known about may isolate anything.
    by_namespace.retain(|namespace, _| connectivity.is_complete_for(namespace));
    let coverage = by_namespace.into_iter().map(|(namespace, workloads)| {
        let mut endpoints: Vec<usize> =
            workloads.iter().filter_map(|workload| endpoint_of.get(workload).copied()).collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        Coverage {
            namespace,
            is_isolated: workloads.iter().map(is_isolated).collect(),
            default_ingress: has_default(network, connectivity, namespace, &endpoints),
            workloads,
        }
    });
    coverage.collect()
}

/// Whether something keeps traffic from an endpoint, or may.
fn is_limited(connectivity: &Connectivity<'_>, endpoint: usize, direction: Direction) -> bool {
    let mut layers = connectivity.layers.iter();
    layers.any(|layer| {
        let policies = connectivity.concerning(layer, endpoint);
        policies.iter().any(|(_, policy)| limits(policy, direction))
    })
}

fn limits(policy: &Policy<'_>, direction: Direction) -> bool {
    let side = policy.side(direction);
    !side.isolates.is_no()
        || side.unknown
        || side.rules.iter().any(|rule| rule.action == Action::Deny)
}

/// Whether one policy isolates all of some endpoints for ingress, or may.
fn has_default(
    network: &Network<'_>,
    connectivity: &Connectivity<'_>,
    namespace: &str,
    endpoints: &[usize],
) -> bool {
    let native = network.policies.selecting_all(namespace).iter();
    let mut native = native.map(|index| &network.policies.all[*index].ingress);
    if native.any(|ingress| !ingress.isolates.is_no()) {
        return true;
    }
    let Some(first) = endpoints.first() else { return true };
    // One NetworkPolicy that happens to select all that is here says nothing of what comes later.
    let is_other = |policy: &Policy<'_>| policy.object.resource.group() != "networking.k8s.io";
    let selects_all = |policy: &Policy<'_>| {
        endpoints.iter().all(|endpoint| !policy.subject.get(*endpoint).is_no())
    };
    connectivity.layers.iter().any(|layer| {
        let policies = connectivity.concerning(layer, *first).into_iter().map(|(_, policy)| policy);
        let mut wide =
            policies.filter(|policy| is_other(policy) && limits(policy, Direction::Ingress));
        wide.any(selects_all)
    })
}
