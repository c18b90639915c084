//! Pods with the sidecar of a service mesh, and whether policies let it talk to its control plane.
//!
//! Only what labels and annotations say for certain counts: what a webhook decides by its own
//! settings is not known. Ambient meshes have no sidecars.

use super::Network;
use super::connectivity::endpoints::Unseen;
use super::connectivity::layers::Reading;
use super::connectivity::{self, Connectivity};
use super::enforcement::Software;
use super::labels::{Answer, Labels};
use super::mesh::injection;
use super::object::Object;
use super::policies::Direction;
use super::ports::Protocol;
use super::workloads::Workload;
use crate::ingest::Map;
use crate::source::Span;
use crate::syntax::decode::Field;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mesh {
    Istio,
    Linkerd,
}

impl Mesh {
    pub fn name(self) -> &'static str {
        match self {
            Mesh::Istio => "Istio",
            Mesh::Linkerd => "Linkerd",
        }
    }

    /// Where its control plane is, unless somebody puts it elsewhere.
    pub fn namespace(self) -> &'static str {
        match self {
            Mesh::Istio => "istio-system",
            Mesh::Linkerd => "linkerd",
        }
    }

    /// The port of its control plane that proxies cannot do without: certificates and configuration
    /// of Istio <https://istio.io/latest/docs/ops/deployment/application-requirements/>, and the
    /// destination service of Linkerd.
    pub fn port(self) -> u16 {
        match self {
            Mesh::Istio => 15012,
            Mesh::Linkerd => 8086,
        }
    }
}

/// Pods whose sidecar does not reach its control plane.
#[derive(Debug)]
pub struct CutOff<'a> {
    pub mesh: Mesh,
    /// Indices of workloads.
    pub workloads: Vec<usize>,
    /// The policies that isolate them, or the one that denies.
    pub policies: Vec<Object<'a>>,
    /// The rule that denies.
    pub rule: Option<Span>,
    /// What says that the pods have a sidecar.
    pub evidence: Span,
}

/// The pods with a sidecar that is cut off, by what no policy tells apart.
pub fn cut_off<'a>(network: &Network<'a>) -> Vec<CutOff<'a>> {
    let mut injected: Vec<Option<(Mesh, Span)>> = Vec::new();
    for workload in &network.workloads.all {
        injected.push(sidecar(network, workload).filter(|(mesh, _)| {
            // A control plane in another place goes by other labels.
            network.workloads.any_in(mesh.namespace()) || !has_control_plane_elsewhere(network)
        }));
    }
    if injected.iter().all(Option::is_none) {
        return Vec::new();
    }
    let meshes = [Mesh::Istio, Mesh::Linkerd];
    let connectivity = Connectivity::with_unseen(
        &connectivity::Parts {
            objects: &network.objects,
            namespaces: &network.namespaces,
            workloads: &network.workloads,
            services: &network.services,
            policies: &network.policies,
            enforcement: &network.enforcement,
        },
        meshes.into_iter().map(control_plane).collect(),
    );
    let in_view = connectivity.endpoints.all.len() - meshes.len();
    let cilium = network.enforcement.has(Software::Cilium);
    let reading = Reading {
        pods_in_blocks: if cilium { Answer::No } else { Answer::Unknown },
        by_identity: cilium,
        ..Reading::CAUTIOUS
    };
    let mut found = Vec::new();
    for endpoint in 0..in_view {
        let pods = &connectivity.endpoints.all[endpoint];
        if !pods.host_network.is_no() || !connectivity.is_complete_for(pods.namespace) {
            continue;
        }
        for (number, mesh) in meshes.into_iter().enumerate() {
            let members = pods.members.iter().copied();
            let is_of = |member: &usize| injected[*member].is_some_and(|(own, _)| own == mesh);
            let workloads: Vec<usize> = members.filter(is_of).collect();
            let Some((_, evidence)) = workloads.first().and_then(|first| injected[*first]) else {
                continue;
            };
            let closing = connectivity.closing(
                endpoint,
                Direction::Egress,
                connectivity.pods(in_view + number),
                (Protocol::Tcp, mesh.port()),
                reading,
            );
            let Some(closing) = closing else { continue };
            // A control plane in a namespace that the files do not show.
            let stages = connectivity.stages(endpoint, Direction::Egress, reading);
            let mut rules = stages.iter().flat_map(|stage| &stage.rules).map(|it| it.rule);
            let leads_away = rules.any(|rule| {
                rule.peers.out_of_sight && rule.ports.name_port(Protocol::Tcp, mesh.port())
            });
            if leads_away {
                continue;
            }
            let policies = closing.policies.iter().map(|policy| policy.object).collect();
            let rule = closing.rule.map(|rule| rule.span);
            found.push(CutOff { mesh, workloads, policies, rule, evidence });
        }
    }
    found
}

/// The pods of a control plane; beside where they are, nothing is known of them.
fn control_plane(mesh: Mesh) -> Unseen<'static> {
    Unseen {
        namespace: mesh.namespace(),
        labels: Labels::unknown(),
        selected_by: None,
        names: Vec::new(),
        open: true,
        addresses: None,
        is_peer: true,
    }
}

/// Whether something in view is Istio's control plane by its name, and not in its usual place.
fn has_control_plane_elsewhere(network: &Network<'_>) -> bool {
    let names = ["istiod", "linkerd-destination"];
    network.workloads.all.iter().any(|workload| {
        let name = workload.object.name();
        let is_home = ["istio-system", "linkerd"].contains(&workload.namespace);
        names.iter().any(|known| name.starts_with(known)) && !is_home
    })
}

/// The mesh whose sidecar a workload's pods have for certain, with what says so.
fn sidecar<'a>(network: &Network<'a>, workload: &Workload<'a>) -> Option<(Mesh, Span)> {
    if !workload.host_network.is_no() {
        return None;
    }
    istio(network, workload)
        .map(|span| (Mesh::Istio, span))
        .or_else(|| linkerd(network, workload).map(|span| (Mesh::Linkerd, span)))
}

/// What says that pods get Istio's proxy.
fn istio<'a>(network: &Network<'a>, workload: &Workload<'a>) -> Option<Span> {
    if !network.istio_proxy(workload).is_yes() {
        return None;
    }
    let own = entry(&workload.spec.pod_metadata.labels, injection::POD_KEY).map(|(_, span)| span);
    let mut keys = [injection::INJECTION_LABEL, injection::REVISION_LABEL].into_iter();
    let of_namespace =
        || keys.find_map(|key| Some(network.namespace_label(workload.namespace, key)?.span));
    Some(own.or_else(of_namespace).unwrap_or(workload.object.resource.name_span()))
}

/// <https://linkerd.io/2/features/proxy-injection/>
fn linkerd<'a>(network: &Network<'a>, workload: &Workload<'a>) -> Option<Span> {
    let key = "linkerd.io/inject";
    let of_namespace = only_namespace(network, workload)
        .and_then(|namespace| entry(&namespace.resource.metadata.annotations, key));
    let found = entry(&workload.spec.pod_metadata.annotations, key).or(of_namespace)?;
    (found.0 == "enabled").then_some(found.1)
}

/// The object that defines a workload's namespace, when there is one of it.
fn only_namespace<'a>(network: &Network<'a>, workload: &Workload<'a>) -> Option<Object<'a>> {
    let [object] = network.namespaces.objects(workload.namespace) else { return None };
    Some(*object)
}

fn entry<'m>(map: &'m Map<String>, key: &str) -> Option<(&'m str, Span)> {
    let value = map.value()?.get(key).and_then(Field::known)?;
    Some((value.value.as_str(), value.span))
}
