//! Who may talk to whom, by the policies of every kind together.
//!
//! Pods that no policy tells apart are one [`Endpoint`]; policies are [`Layer`]s of rules in one
//! form. A connection is let through when the layers of its source let it out and the layers of
//! its destination let it in. Every answer has two bounds, what is sure and what is possible: the
//! files are a partial view, and what a template fills in may be anything.
//!
//! | layer | what is in it |
//! |---|---|
//! | `kube-admin` | AdminNetworkPolicies, and ClusterNetworkPolicies of the tier Admin, by priority |
//! | `cilium-deny` | what Cilium's policies deny |
//! | tiers of Calico | its policies, by their order |
//! | `default` | NetworkPolicies, which only ever add to each other, with Calico's around them |
//! | `kube-baseline` | BaselineAdminNetworkPolicy, and ClusterNetworkPolicies of the tier Baseline |

mod admin;
pub mod calico;
pub mod changes;
pub mod cilium;
mod closing;
pub mod connections;
pub mod decisions;
#[cfg(test)]
mod definition;
pub mod endpoints;
pub mod entries;
pub mod explain;
pub mod layers;
pub mod leads;
mod native;
pub mod pod_addresses;
#[cfg(test)]
mod tests;
pub mod traffic;
mod unread;

use super::addresses::IpRange;
use super::enforcement::{Enforcement, Software};
use super::labels::Answer;
use super::namespaces::{Namespaces, fold};
use super::object::Object;
use super::policies::{Direction, Policies};
use super::services::Services;
use super::workloads::Workloads;
use crate::ingest::Body;
use calico::{Calico, Place};
use endpoints::{ClassSet, Endpoints, Selection, Unseen};
use layers::{Action, Inquiry, Layer, Peer, Policy, Reading, Rule, Stage, StageRule, evaluate};
use traffic::Bounds;

pub use closing::Closing;
pub use endpoints::Endpoint;
pub use traffic::Traffic;

#[derive(Debug, Default)]
pub struct Connectivity<'a> {
    pub endpoints: Endpoints<'a>,
    /// In the order in which they are asked.
    pub layers: Vec<Layer<'a>>,
    /// By layer, which of its policies concern every pod, and which others an endpoint.
    index: Vec<LayerIndex>,
    /// Policies that are in no layer.
    unread: Vec<Object<'a>>,
}

#[derive(Debug, Default)]
struct LayerIndex {
    everywhere: Vec<usize>,
    of_endpoint: Vec<Vec<(usize, Answer)>>,
}

/// What connectivity is made of.
pub struct Parts<'v, 'a> {
    pub objects: &'v [Object<'a>],
    pub namespaces: &'v Namespaces<'a>,
    pub workloads: &'v Workloads<'a>,
    pub policies: &'v Policies<'a>,
    pub services: &'v Services<'a>,
    pub enforcement: &'v Enforcement<'a>,
}

impl<'a> Connectivity<'a> {
    pub fn new(parts: &Parts<'_, 'a>) -> Connectivity<'a> {
        Connectivity::with_unseen(parts, Vec::new())
    }

    /// With pods that the files do not show: they are the last endpoints, in their order. If there
    /// are any, only they are ever asked for as the other end of a connection.
    pub fn with_unseen(parts: &Parts<'_, 'a>, unseen: Vec<Unseen<'a>>) -> Connectivity<'a> {
        let mut endpoints = Endpoints::new(parts.workloads);
        let towards_unseen = !unseen.is_empty();
        for pods in unseen {
            endpoints.add(pods);
        }
        let mut selection =
            Selection::new(&endpoints, parts.workloads, parts.namespaces, towards_unseen);
        let layers = layers(parts, &mut selection);
        let index = layers.iter().map(|layer| LayerIndex::of(layer, endpoints.all.len())).collect();
        let unread = parts.objects.iter().copied().filter(|object| unread::is_unread(*object));
        Connectivity { endpoints, layers, index, unread: unread.collect() }
    }

    /// Whether all policies in view that may speak about the pods of a namespace are in the
    /// layers; one that is not may let through anything.
    pub fn is_complete_for(&self, namespace: &str) -> bool {
        self.unread_for(namespace).next().is_none()
    }

    /// The policies in view that are in no layer and may speak about the pods of a namespace.
    pub fn unread_for(&self, namespace: &str) -> impl Iterator<Item = Object<'a>> {
        let own = move |policy: &Object<'a>| fold(policy.namespace()) == fold(namespace);
        let all = self.unread.iter().copied();
        all.filter(move |policy| unread::is_everywhere(*policy) || own(policy))
    }

    /// What the policies about an endpoint let it send to a peer, or receive from one.
    pub fn allows(
        &self,
        endpoint: usize,
        direction: Direction,
        peer: Peer<'_, '_>,
        reading: Reading,
    ) -> Bounds {
        let stages = self.stages(endpoint, direction, reading);
        let destination = match (direction, peer) {
            (Direction::Ingress, _) => Some(&self.endpoints.all[endpoint]),
            (Direction::Egress, Peer::Pods(_, pods)) => Some(pods),
            (Direction::Egress, _) => None,
        };
        let traffic = Bounds::all();
        let inquiry = Inquiry { peer, destination, reading, traffic, every_rule: false };
        evaluate(&stages, inquiry, |_| {})
    }

    /// What gets from one endpoint to another one.
    pub fn between(&self, source: usize, destination: usize, reading: Reading) -> Bounds {
        let out = self.allows(source, Direction::Egress, self.pods(destination), reading);
        if out.possible.is_none() {
            return out;
        }
        out.and(&self.allows(destination, Direction::Ingress, self.pods(source), reading))
    }

    /// An endpoint as the other end of a connection.
    pub fn pods(&self, endpoint: usize) -> Peer<'_, 'a> {
        Peer::Pods(endpoint, &self.endpoints.all[endpoint])
    }

    /// The layers as they concern an endpoint; layers that do not are left out.
    pub fn stages(
        &self,
        endpoint: usize,
        direction: Direction,
        reading: Reading,
    ) -> Vec<Stage<'_, 'a>> {
        let sees = reading.sees(&self.endpoints.all[endpoint]);
        let layers = self.layers.iter().zip(&self.index);
        layers.filter_map(|(layer, index)| stage(layer, index, endpoint, direction, sees)).collect()
    }

    /// The policies that keep something from an endpoint in a direction, for certain: those that
    /// isolate it, and those that deny.
    pub fn limiting(&self, endpoint: usize, direction: Direction) -> Vec<&Policy<'a>> {
        let mut found = Vec::new();
        for (layer, index) in self.layers.iter().zip(&self.index) {
            let policies = index.concerning(endpoint).into_iter();
            let policies = policies.filter(|(_, answer)| answer.is_yes());
            let policies = policies.map(|(policy, _)| &layer.policies[policy]);
            found.extend(policies.filter(|policy| {
                let side = policy.side(direction);
                let denies = side.rules.iter().any(|rule| rule.action == Action::Deny);
                side.isolates.is_yes() || denies
            }));
        }
        found
    }

    /// The policies of a layer that concern an endpoint, or may, in the order in which they are
    /// asked.
    pub fn concerning(&self, layer: &Layer<'a>, endpoint: usize) -> Vec<(Answer, &Policy<'a>)> {
        let mut layers = self.layers.iter().zip(&self.index);
        let Some((layer, index)) = layers.find(|(known, _)| std::ptr::eq(*known, layer)) else {
            return Vec::new();
        };
        let policies = index.concerning(endpoint).into_iter();
        policies.map(|(policy, answer)| (answer, &layer.policies[policy])).collect()
    }

    /// The endpoints of a workload's pods.
    pub fn of_workload(&self, class: usize, workload: usize) -> Option<usize> {
        let endpoints = self.endpoints.of_class(class).iter();
        endpoints.copied().find(|index| self.endpoints.all[*index].members.contains(&workload))
    }

    /// Every rule of a direction.
    pub fn rules(&self, direction: Direction) -> impl Iterator<Item = &Rule<'a>> {
        let policies = self.layers.iter().flat_map(|layer| &layer.policies);
        policies.flat_map(move |policy| &policy.side(direction).rules)
    }

    /// Every range of addresses that a rule of a direction names.
    pub fn blocks(&self, direction: Direction) -> impl Iterator<Item = IpRange> {
        self.rules(direction).flat_map(|rule| rule.peers.blocks.iter().copied())
    }
}

fn stage<'l, 'a>(
    layer: &'l Layer<'a>,
    index: &LayerIndex,
    endpoint: usize,
    direction: Direction,
    sees: Answer,
) -> Option<Stage<'l, 'a>> {
    let policies = index.concerning(endpoint);
    let mut stage = Stage { layer, rules: Vec::new(), isolates: Answer::No, unknown: false };
    let mut concerned = false;
    let isolating = policies.iter().filter(|(policy, applies)| {
        !layer.policies[*policy].side(direction).isolates.and(*applies).is_no()
    });
    let several = isolating.count() > 1;
    for (policy, applies) in policies {
        let policy = &layer.policies[policy];
        let side = policy.side(direction);
        // Of a policy that may not be about the direction, the rules may not count where another
        // one isolates; by itself it lets the same through either way.
        let may_not_count = several && side.isolates == Answer::Unknown;
        let applies = if may_not_count { applies.and(Answer::Unknown) } else { applies };
        let applies = applies.and(sees);
        concerned |= !side.rules.is_empty() || !side.isolates.is_no() || side.unknown;
        stage.isolates = stage.isolates.or(side.isolates.and(applies));
        stage.unknown |= side.unknown;
        stage.rules.extend(side.rules.iter().map(|rule| StageRule { applies, policy, rule }));
    }
    concerned.then_some(stage)
}

impl LayerIndex {
    fn of(layer: &Layer<'_>, endpoints: usize) -> LayerIndex {
        let mut index =
            LayerIndex { everywhere: Vec::new(), of_endpoint: vec![Vec::new(); endpoints] };
        for (number, policy) in layer.policies.iter().enumerate() {
            match &policy.subject {
                ClassSet::None => {}
                ClassSet::All => index.everywhere.push(number),
                ClassSet::Some(set) => {
                    for (endpoint, answer) in set.iter() {
                        index.of_endpoint[*endpoint].push((number, *answer));
                    }
                }
            }
        }
        index
    }

    /// The policies that concern an endpoint, or may, in the order in which they are asked.
    fn concerning(&self, endpoint: usize) -> Vec<(usize, Answer)> {
        let everywhere = self.everywhere.iter().map(|policy| (*policy, Answer::Yes));
        let own = self.of_endpoint[endpoint].iter().copied();
        let mut policies: Vec<(usize, Answer)> = everywhere.chain(own).collect();
        policies.sort_unstable();
        policies
    }
}

/// Where Calico puts NetworkPolicies: `libcalico-go/lib/backend/k8s/conversion`. What Cilium allows
/// adds to what they allow.
const NATIVE: Place<'static> = Place { tier: "default", order: 1_000.0 };

/// The layers of all policies, in the order in which they are asked. They are the tiers of Calico,
/// which has tiers for the policies of administrators, too.
fn layers<'a>(parts: &Parts<'_, 'a>, selection: &mut Selection<'_, 'a>) -> Vec<Layer<'a>> {
    let calico = Calico::new(parts.objects, parts.services);
    // Cilium knows pods by their labels: https://docs.cilium.io/en/stable/security/policy/layer3
    let has = |software| parts.enforcement.has(software);
    let outside_only = has(Software::Cilium) && !has(Software::Calico);
    let mut placed: Vec<(Place<'a>, Policy<'a>)> = Vec::new();
    for object in parts.objects {
        match object.body() {
            Body::AdminPolicy(policy) => {
                let Some((tier, priority)) = admin::place(policy) else { continue };
                let place = Place { tier: tier.name(), order: priority as f64 };
                placed.push((place, admin::lower(*object, policy.spec(), selection)));
            }
            Body::CalicoPolicy(_) => placed.extend(calico.lower(*object, selection)),
            Body::CiliumPolicy(policy) => {
                for lowered in cilium::lower(*object, policy, selection) {
                    let deny = Place { tier: calico::CILIUM_DENY, order: 0.0 };
                    placed.extend([(deny, lowered.denies), (NATIVE, lowered.allows)]);
                }
            }
            _ => {}
        }
    }
    let native = parts.policies.all.iter();
    placed.extend(native.map(|policy| (NATIVE, native::lower(policy, outside_only, selection))));
    placed.sort_by(|(a, one), (b, other)| {
        calico
            .tier_order(a.tier)
            .total_cmp(&calico.tier_order(b.tier))
            .then_with(|| a.tier.cmp(b.tier))
            .then_with(|| a.order.total_cmp(&b.order))
            .then_with(|| one.object.name().cmp(other.object.name()))
    });
    let mut layers: Vec<Layer<'a>> = Vec::new();
    for (place, policy) in placed {
        match layers.last_mut().filter(|layer| layer.name == place.tier) {
            Some(layer) => layer.policies.push(policy),
            None => layers.push(Layer { name: place.tier, policies: vec![policy] }),
        }
    }
    layers
}
