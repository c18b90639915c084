//! How many pods with an address of their own the workloads ask for, at the least.
//!
//! A workload that is written twice counts once, with the smaller number. What cannot be known
//! counts nothing: templates, autoscalers of workloads that are not in view. So do Jobs, which
//! come and go, and pods in the network of their node.

use rustc_hash::FxHashMap;

use crate::ingest::Body;
use crate::ingest::kubernetes::{self as api, AutoscalerSpec, Kubernetes};
use crate::model::Object;
use crate::model::labels::Answer;
use crate::model::workloads::{Workload, Workloads};
use crate::source::Span;
use crate::syntax::decode::Field;

/// What the workloads of a cluster ask for.
#[derive(Debug, Default)]
pub struct Demand<'a> {
    /// Workloads with a number of pods, by number, the largest first.
    pub counted: Vec<Request<'a>>,
    /// DaemonSets that run on every node.
    pub on_every_node: Vec<Object<'a>>,
}

/// The pods of one workload.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub pods: u64,
    /// Where the number is written; of a default, the workload's name.
    pub span: Span,
    /// The number is the maximum of an autoscaler.
    pub autoscaled: bool,
    pub object: Object<'a>,
}

impl<'a> Demand<'a> {
    pub fn new(objects: &[Object<'a>], workloads: &Workloads<'a>) -> Demand<'a> {
        let autoscalers = autoscalers(objects);
        let mut requests: FxHashMap<Key<'a>, Request<'a>> = FxHashMap::default();
        let mut every_node: FxHashMap<Key<'a>, Object<'a>> = FxHashMap::default();
        for workload in workloads.all.iter().filter(|workload| needs_addresses(workload)) {
            let object = workload.object;
            let key = (object.kind(), object.namespace(), object.name());
            if object.kind() == "DaemonSet" {
                if runs_everywhere(workload.spec) {
                    every_node.entry(key).or_insert(object);
                }
                continue;
            }
            let autoscaler = autoscalers.get(&key).copied();
            let Some(request) = request(object, workload.spec, autoscaler) else { continue };
            let known = requests.entry(key).or_insert_with(|| request.clone());
            if request.pods < known.pods {
                *known = request;
            }
        }
        let mut counted: Vec<Request<'a>> = requests.into_values().collect();
        counted.retain(|request| request.pods > 0);
        counted.sort_by_key(|request| (std::cmp::Reverse(request.pods), request.span));
        let mut on_every_node: Vec<Object<'a>> = every_node.into_values().collect();
        on_every_node.sort_by_key(|object| object.span());
        Demand { counted, on_every_node }
    }

    /// How many pods there are on this many nodes.
    pub fn pods(&self, nodes: u64) -> u64 {
        let counted = self.counted.iter().fold(0_u64, |sum, more| sum.saturating_add(more.pods));
        counted.saturating_add(nodes.saturating_mul(self.on_every_node.len() as u64))
    }
}

/// Kind, namespace and name.
type Key<'a> = (&'a str, &'a str, &'a str);

fn autoscalers<'a>(objects: &[Object<'a>]) -> FxHashMap<Key<'a>, &'a AutoscalerSpec> {
    let mut autoscalers = FxHashMap::default();
    for object in objects {
        let body = object.body();
        let Body::Kubernetes(Kubernetes::HorizontalPodAutoscaler(spec)) = body else { continue };
        let Some(target) = spec.scale_target_ref.value() else { continue };
        if let (Some(kind), Some(name)) = (target.kind.value(), target.name.value()) {
            autoscalers.insert((kind.as_str(), object.namespace(), name.as_str()), spec.as_ref());
        }
    }
    autoscalers
}

fn needs_addresses(workload: &Workload<'_>) -> bool {
    let object = workload.object;
    let counts = matches!(
        (object.resource.group(), object.kind()),
        ("apps" | "extensions", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
            | ("argoproj.io", "Rollout")
            | ("", "Pod" | "ReplicationController")
    );
    // What a controller owns, the controller asks for.
    let owned = !object.resource.metadata.owner_references.items().is_empty();
    counts && !owned && workload.host_network == Answer::No && !object.name().is_empty()
}

fn runs_everywhere(workload: &api::Workload) -> bool {
    workload.pod.node_selector.is_absent() && workload.pod.affinity.is_absent()
}

fn request<'a>(
    object: Object<'a>,
    workload: &'a api::Workload,
    autoscaler: Option<&'a AutoscalerSpec>,
) -> Option<Request<'a>> {
    let (replicas, span) = match &workload.replicas {
        Field::Known(replicas) => (u64::try_from(replicas.value).ok()?, replicas.span),
        Field::Absent => (1, object.resource.name_span()),
        Field::Unknown(_) => return None,
    };
    let request = Request { pods: replicas, span, autoscaled: false, object };
    // An autoscaler leaves a workload without replicas alone.
    let maximum = autoscaler.filter(|_| replicas > 0).and_then(|spec| spec.max_replicas.known());
    let maximum = maximum.and_then(|max| Some((u64::try_from(max.value).ok()?, max.span)));
    Some(match maximum {
        Some((pods, span)) if pods > replicas => {
            Request { pods, span, autoscaled: true, ..request }
        }
        _ => request,
    })
}
