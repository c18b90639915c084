//! Workloads: whatever has a pod template, and the objects that scale and guard them.

use serde::Deserialize;

use super::{LabelSelector, ObjectMeta, PodSpec};
use crate::diagnostic::{Beside, Change, Value};
use crate::ingest::IntOrString;
use crate::ingest::address_words::{self, AddressWord};
use crate::ingest::pod_networks::{self, PodNetworks};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Clone, Debug)]
pub struct Workload {
    /// Absent where the kind has none.
    pub replicas: Field<i64>,
    pub selector: Field<LabelSelector>,
    /// The metadata that the pods get; of a Pod its own.
    pub pod_metadata: ObjectMeta,
    pub pod: PodSpec,
    /// The networks that the pods have beside the cluster's own.
    pub networks: Option<PodNetworks>,
    /// Where the pod's spec stands.
    pub pod_span: Span,
    /// Whether the pod's spec is written in a manifest, so that it can have more entries.
    pub is_manifest: bool,
    /// Private addresses in environment, arguments and commands.
    pub private_addresses: Vec<AddressWord>,
    /// StatefulSet only.
    pub service_name: Field<String>,
    /// Job and CronJob.
    pub suspend: Field<bool>,
}

impl Workload {
    /// Puts a new entry into the pod's spec, before its containers.
    pub fn pod_entry(&self, key: &str, value: impl Into<Value>) -> Option<Change> {
        let containers = self.pod.containers.span().filter(|_| self.is_manifest)?;
        Some(Change::entry(Beside::Before(containers), key, value))
    }

    /// One that something else than a manifest describes, such as the values of a chart; all of it
    /// stands at one place.
    pub fn of_pod(replicas: Field<i64>, pod: PodSpec, place: Span) -> Workload {
        Workload {
            replicas,
            selector: Field::Unknown(place),
            pod_metadata: ObjectMeta { labels: Field::Unknown(place), ..ObjectMeta::default() },
            pod,
            networks: None,
            pod_span: place,
            is_manifest: false,
            private_addresses: Vec::new(),
            service_name: Field::Absent,
            suspend: Field::Absent,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parts {
    replicas: Field<i64>,
    service_name: Field<String>,
    suspend: Field<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Selector {
    selector: Field<LabelSelector>,
}

/// Reads the kinds with a pod template in the usual place, `spec.template`, custom ones such as
/// Argo's Rollout included; a bare Pod; and CronJob.
pub(super) fn read(group: &str, kind: &str, node: Node<'_>) -> Option<Workload> {
    let spec = node.get("spec")?;
    let (metadata, pod) = match (group, kind) {
        ("", "Pod") => (node.get("metadata"), spec),
        ("batch", "CronJob") => {
            let template = spec.at(&["jobTemplate", "spec", "template"])?;
            (template.get("metadata"), template.get("spec")?)
        }
        _ => {
            let template = spec.get("template")?;
            let pod = template.get("spec")?;
            pod.get("containers").filter(|containers| containers.is_sequence())?;
            (template.get("metadata"), pod)
        }
    };
    let parts = decode::<Parts>(spec).0.unwrap_or_default();
    // A ReplicationController selects by plain labels, which the others call `matchLabels`.
    let selector = match (group, kind) {
        ("", _) => Field::Absent,
        _ => decode::<Selector>(spec).0.unwrap_or_default().selector,
    };
    Some(Workload {
        replicas: parts.replicas,
        selector,
        pod_metadata: metadata.and_then(|node| decode(node).0).unwrap_or_default(),
        pod_span: pod.span(),
        is_manifest: true,
        private_addresses: private_addresses(pod),
        pod: decode(pod).0?,
        networks: metadata.and_then(pod_networks::read),
        service_name: parts.service_name,
        suspend: parts.suspend,
    })
}

fn private_addresses(pod: Node<'_>) -> Vec<AddressWord> {
    let mut found = Vec::new();
    let lists = [pod.get("containers"), pod.get("initContainers")];
    for container in lists.into_iter().flatten().flat_map(Node::items) {
        for variable in container.get("env").into_iter().flat_map(Node::items) {
            let name = variable.get("name").and_then(Node::str).unwrap_or_default();
            if let Some(value) = variable.get("value") {
                address_words::collect(name, value, &mut found);
            }
        }
        let words = [container.get("command"), container.get("args")];
        let mut before = "";
        for word in words.into_iter().flatten().flat_map(Node::items) {
            // The value of a flag may be a word of its own.
            let key = if before.starts_with('-') && !before.contains('=') { before } else { "" };
            address_words::collect(key, word, &mut found);
            before = word.str().unwrap_or_default();
        }
    }
    found
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerSpec {
    pub scale_target_ref: Field<ScaleTarget>,
    pub min_replicas: Field<i64>,
    pub max_replicas: Field<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ScaleTarget {
    pub kind: Field<String>,
    pub name: Field<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DisruptionBudgetSpec {
    pub selector: Field<LabelSelector>,
    pub min_available: Field<IntOrString>,
    pub max_unavailable: Field<IntOrString>,
}
