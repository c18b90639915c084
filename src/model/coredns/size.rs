//! How many pods and Services CoreDNS has to know about.

use rustc_hash::FxHashMap;

use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::Settings;
use crate::model::object::Object;
use crate::model::workloads::Workloads;
use crate::syntax::decode::Field;

/// What the files count up to, which is the least that there can be, and what is planned for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Replicas of the workloads in view, with autoscalers at their most, and one pod of each
    /// DaemonSet a node; jobs not at all.
    pub pods: u64,
    pub services: u64,
    /// The most pods that the planned nodes may run, when the configuration tells.
    pub planned_pods: Option<u64>,
}

impl Size {
    pub(super) fn of(
        objects: &[Object<'_>],
        workloads: &Workloads<'_>,
        settings: &Settings,
    ) -> Size {
        let nodes_in_view = objects.iter().filter(|object| object.kind() == "Node").count() as u64;
        let planned_nodes = settings.nodes.as_ref().map(|nodes| nodes.value);
        let nodes = planned_nodes.unwrap_or(nodes_in_view).max(nodes_in_view);
        let most = autoscaled(objects);
        // A dump of a cluster has the pods beside what they come from.
        let (mut controlled, mut replica_sets, mut pods) = (0_u64, 0_u64, 0_u64);
        let services = objects.iter().filter(|object| is_service(object)).count() as u64;
        for workload in &workloads.all {
            let object = workload.object;
            let written = match &workload.spec.replicas {
                Field::Absent => 1,
                Field::Known(replicas) => u64::try_from(replicas.value).unwrap_or(0),
                Field::Unknown(_) => 0,
            };
            let target = (object.namespace(), object.kind(), object.name());
            let replicas = written.max(most.get(&target).copied().unwrap_or(0));
            let sum = match object.kind() {
                "Job" | "CronJob" => continue,
                "Pod" => &mut pods,
                "ReplicaSet" => &mut replica_sets,
                _ => &mut controlled,
            };
            let count = if object.kind() == "DaemonSet" { nodes } else { replicas };
            *sum = sum.saturating_add(count);
        }
        let max_pods = settings.max_pods.as_ref().map(|max_pods| max_pods.value);
        let planned_pods = planned_nodes.zip(max_pods).map(|(n, max)| n.saturating_mul(max));
        Size { pods: controlled.max(replica_sets).max(pods), services, planned_pods }
    }

    /// What is counted in the files.
    pub fn known(self) -> u64 {
        self.pods.saturating_add(self.services)
    }

    /// What there may be, going by the plan.
    pub fn planned(self) -> Option<u64> {
        Some(self.planned_pods?.saturating_add(self.services))
    }
}

fn is_service(object: &Object<'_>) -> bool {
    matches!(object.body(), Body::Kubernetes(Kubernetes::Service(_)))
}

/// `maxReplicas` by namespace, kind and name of the target.
fn autoscaled<'a>(objects: &[Object<'a>]) -> FxHashMap<(&'a str, &'a str, &'a str), u64> {
    let entry = |object: &Object<'a>| {
        let Body::Kubernetes(Kubernetes::HorizontalPodAutoscaler(spec)) = object.body() else {
            return None;
        };
        let target = spec.scale_target_ref.value()?;
        let most = u64::try_from(*spec.max_replicas.value()?).ok()?;
        Some((
            (object.namespace(), target.kind.value()?.as_str(), target.name.value()?.as_str()),
            most,
        ))
    };
    objects.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network_and;
    use crate::source::{FileId, Span, Spanned};

    fn size(text: &str, settings: &Settings) -> Size {
        with_network_and(text, settings, |network| network.coredns.size)
    }

    fn workload(kind: &str, name: &str, replicas: &str) -> String {
        format!(
            "---\nkind: {kind}\napiVersion: apps/v1\nmetadata: {{name: {name}}}\nspec:\n  {replicas}\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec: {{containers: [{{name: a, image: a}}]}}\n"
        )
    }

    #[test]
    fn replicas_autoscalers_and_services_count() {
        let text = [
            workload("Deployment", "a", "replicas: 3"),
            workload("Deployment", "b", "paused: false"),
            workload("StatefulSet", "c", "replicas: {{ x }}"),
            workload("DaemonSet", "d", "minReadySeconds: 1"),
            workload("ReplicaSet", "a-1", "replicas: 3"),
            "---\nkind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nmetadata: {name: a}\nspec: {maxReplicas: 7, scaleTargetRef: {kind: Deployment, name: a}}\n".to_owned(),
            "---\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n".to_owned(),
        ]
        .concat();
        let none = Settings::default();
        assert_eq!(size(&text, &none), Size { pods: 8, services: 1, planned_pods: None });
        let number = |value| Some(Spanned::new(value, Span::new(FileId::new(0), 0..0)));
        let settings = Settings { nodes: number(5), max_pods: number(110), ..Settings::default() };
        let size = size(&text, &settings);
        assert_eq!((size.known(), size.planned()), (14, Some(551)));
    }
}
