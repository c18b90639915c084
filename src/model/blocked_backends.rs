//! Pods behind ways in that NetworkPolicies let no controller reach.
//!
//! Where a controller runs is seldom in view: in a namespace of its own, on the network of nodes,
//! or outside of the cluster. So a backend is taken to be blocked only where all that is let in
//! are pods of its own namespace that are in view, and none of them may be a controller.

use rustc_hash::FxHashSet;

use super::Network;
use super::namespaces::{fold, is_known};
use super::object::Object;
use super::policies::Policy;
use super::policy_rules::{Peer, PeerKind, PortMatch, Rule};
use super::ports::{PortRef, Protocol};
use super::routes::{Backend, Role, Route, protocol};
use super::services::Service;
use super::workloads::Workload;
use crate::ingest::Body;

/// A backend that no controller reaches.
#[derive(Debug)]
pub struct BlockedBackend<'n, 'a> {
    pub route: &'n Route<'a>,
    pub backend: &'n Backend<'a>,
    pub workload: &'n Workload<'a>,
    /// The port of the pods.
    pub port: (Protocol, u16),
    /// The policies that isolate the pods.
    pub policies: Vec<Object<'a>>,
    /// Whether one of them lets something in.
    pub has_rules: bool,
}

/// Words in names of what takes requests from outside.
const CONTROLLERS: &[&str] = &[
    "ambassador",
    "apisix",
    "caddy",
    "contour",
    "edge",
    "emissary",
    "envoy",
    "gateway",
    "gloo",
    "haproxy",
    "ingress",
    "istio",
    "kong",
    "nginx",
    "proxy",
    "router",
    "traefik",
    "tyk",
];

/// Beyond so many classes of pods, one of them is taken to be a controller.
const MAX_CLASSES: usize = 500;

/// Beyond so many policies about some pods, one of them is taken to let a controller in.
const MAX_POLICIES: usize = 200;

/// The blocked backends of all ways in, each pods of a way in once.
pub fn blocked_backends<'n, 'a>(network: &'n Network<'a>) -> Vec<BlockedBackend<'n, 'a>> {
    let mut found: Vec<BlockedBackend<'_, '_>> = Vec::new();
    // Policies of other kinds may let in what these do not.
    if network.objects.iter().any(|object| is_other_policy(*object)) {
        return found;
    }
    let releases = network.objects.iter().filter(|it| matches!(it.body(), Body::Release(_)));
    if releases.into_iter().any(|release| is_named_like_controller(release.name())) {
        // A chart's namespace may be set elsewhere.
        return found;
    }
    let gateways = network.gateways.all.iter().map(|gateway| fold(gateway.object.namespace()));
    let with_gateway: FxHashSet<&str> = gateways.collect();
    for (route, backend) in network.routes.backends() {
        if backend.role != Role::Serves || !is_known(backend.namespace) {
            continue;
        }
        let services = network.routes.services(backend, &network.services).found();
        let Some([service]) = services.as_deref() else { continue };
        // Some implementations run a Gateway's pods beside it.
        if with_gateway.contains(fold(backend.namespace)) {
            continue;
        }
        let Some(blocked) = blocked(network, route, backend, service) else { continue };
        let is_told = found.iter().rev().take_while(|known| known.route.object.is(route.object));
        if !is_told.into_iter().any(|known| known.workload.object.is(blocked.workload.object)) {
            found.push(blocked);
        }
    }
    found
}

fn is_other_policy(object: Object<'_>) -> bool {
    let group = object.resource.group();
    object.kind().ends_with("NetworkPolicy") && !matches!(group, "networking.k8s.io" | "extensions")
}

fn is_named_like_controller(name: &str) -> bool {
    CONTROLLERS.iter().any(|word| name.contains(word))
}

fn blocked<'n, 'a>(
    network: &'n Network<'a>,
    route: &'n Route<'a>,
    backend: &'n Backend<'a>,
    service: &Service<'a>,
) -> Option<BlockedBackend<'n, 'a>> {
    let namespace = service.namespace;
    if service.selected.is_empty() {
        return None;
    }
    let mut first = None;
    for (class, selects) in &service.selected {
        if !selects.is_yes() {
            return None;
        }
        let policies = isolating(network, namespace, *class)?;
        for workload in network.workloads.members(*class) {
            if !workload.host_network.is_no() {
                return None;
            }
            let port = port(route.object, backend, service, workload)?;
            let mut rules = policies.iter().flat_map(|policy| &policy.ingress.rules);
            if rules.any(|rule| may_let_in(network, namespace, workload, rule, port)) {
                return None;
            }
            first = first.or(Some((workload, port, policies.clone())));
        }
    }
    let (workload, port, policies) = first?;
    let has_rules = policies.iter().any(|policy| !policy.ingress.rules.is_empty());
    let policies = policies.iter().map(|policy| policy.object).collect();
    Some(BlockedBackend { route, backend, workload, port, policies, has_rules })
}

/// The policies that isolate a class of pods from what comes in; `None` when there are none, or
/// when one of them may and may not.
fn isolating<'n, 'a>(
    network: &'n Network<'a>,
    namespace: &str,
    class: usize,
) -> Option<Vec<&'n Policy<'a>>> {
    let policies = &network.policies;
    let of_class = policies.selecting_class(class).iter();
    if of_class.clone().any(|(_, selects)| !selects.is_yes()) {
        return None;
    }
    let all = policies.selecting_all(namespace).iter().chain(of_class.map(|(index, _)| index));
    let all: Vec<&Policy<'a>> =
        all.take(MAX_POLICIES + 1).map(|index| &policies.all[*index]).collect();
    if all.len() > MAX_POLICIES || all.iter().any(|policy| policy.ingress.partly_unknown) {
        return None;
    }
    let isolating: Vec<_> = all.into_iter().filter(|it| !it.ingress.isolates.is_no()).collect();
    let sure = isolating.iter().all(|policy| policy.ingress.isolates.is_yes());
    (sure && !isolating.is_empty()).then_some(isolating)
}

/// The port of the pods that requests go to, when there is one alone.
fn port(
    route: Object<'_>,
    backend: &Backend<'_>,
    service: &Service<'_>,
    workload: &Workload<'_>,
) -> Option<(Protocol, u16)> {
    let protocol = protocol(route);
    let mut views = service.ports().filter(|view| backend.port.means(view));
    let (view, None) = (views.next()?, views.next()) else { return None };
    if view.protocol != Some(protocol) {
        return None;
    }
    let number = match view.target? {
        PortRef::Number(number) => number,
        PortRef::Name(name) => workload.port_named(name, protocol)?,
    };
    Some((protocol, number))
}

fn may_let_in(
    network: &Network<'_>,
    namespace: &str,
    workload: &Workload<'_>,
    rule: &Rule<'_>,
    (protocol, number): (Protocol, u16),
) -> bool {
    let may_be_port = rule.ports.as_ref().is_none_or(|ports| {
        ports.iter().any(|port| {
            port.protocol.is_none_or(|of_rule| of_rule == protocol)
                && match port.port {
                    PortMatch::Any | PortMatch::Unknown => true,
                    PortMatch::Range(first, last) => (first..=last).contains(&number),
                    PortMatch::Name(name) => {
                        workload.port_named(name, protocol).is_none_or(|own| own == number)
                    }
                }
        })
    });
    let may_be_peer = match &rule.peers {
        None => true,
        Some(peers) => peers.iter().any(|peer| may_be_controller(network, namespace, peer)),
    };
    may_be_port && may_be_peer
}

fn may_be_controller(network: &Network<'_>, namespace: &str, peer: &Peer<'_>) -> bool {
    let PeerKind::Pods { namespaces: None, pods } = &peer.kind else { return true };
    let classes: Vec<usize> = match pods {
        None => network.workloads.classes_in(namespace).to_vec(),
        Some(selector) => {
            let selected = network.workloads.select(namespace, selector);
            selected.into_iter().map(|(class, _)| class).collect()
        }
    };
    // Pods that are not in view may be anything, and so many need not be gone through.
    classes.is_empty()
        || classes.len() > MAX_CLASSES
        || classes.iter().any(|class| network.workloads.members(*class).any(is_controller))
}

fn is_controller(workload: &Workload<'_>) -> bool {
    let mut images = workload.spec.pod.all_containers().filter_map(|it| it.image.value());
    is_named_like_controller(workload.object.name())
        || images.any(|image| is_named_like_controller(image))
}
