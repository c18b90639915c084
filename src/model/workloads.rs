//! Workloads, and classes of pods that nothing tells apart by labels.
//!
//! Whatever has a pod template in the usual place is a workload, custom kinds included. A
//! PodTemplate is none, since no pods come of it by itself, nor is a Rollout that refers to a
//! Deployment, which stands for both.
//!
//! Selectors are matched against classes, found through an index of labels: a cluster with
//! thousands of workloads and policies costs no more than what the selectors select.

use rustc_hash::FxHashMap;

use super::label_index::LabelIndex;
use super::labels::{Answer, LabelValue, Labels, Selector};
use super::namespaces::{Namespaces, fold, is_known};
use super::object::Object;
use super::ports::{Protocol, port_number};
use crate::ingest::Body;
use crate::ingest::kubernetes::{self as api, Kubernetes};
pub use crate::ingest::kubernetes::{Container, ContainerPort, NamedValue, ObjectMeta};
use crate::source::Span;
use crate::syntax::decode::Field;

/// Something that has pods.
#[derive(Debug)]
pub struct Workload<'a> {
    /// Where it stands among [`Workloads::all`].
    pub index: usize,
    pub object: Object<'a>,
    pub spec: &'a api::Workload,
    /// The key of its namespace, see [`Object::namespace`].
    pub namespace: &'a str,
    /// Whether its pods have the network of their node.
    pub host_network: Answer,
    /// Index of the class that its pods belong to.
    pub class: usize,
    /// What pieces elsewhere, such as Kustomize patches, are merged into it; `None` for one that
    /// cannot be read as a workload.
    pub patches: Vec<Option<&'a api::Workload>>,
}

/// Pods of one namespace with the same labels.
#[derive(Debug)]
pub struct PodClass<'a> {
    /// The key of the namespace, see [`Object::namespace`].
    pub namespace: &'a str,
    pub labels: Labels<'a>,
    /// Indices of workloads.
    pub members: Vec<usize>,
}

/// A declared port of a container that runs as long as the pod.
#[derive(Clone, Copy, Debug)]
pub struct PodPort<'a> {
    pub name: Option<&'a str>,
    pub number: Option<u16>,
    pub protocol: Option<Protocol>,
    pub source: &'a api::ContainerPort,
    pub span: Span,
}

#[derive(Debug, Default)]
pub struct Workloads<'a> {
    pub all: Vec<Workload<'a>>,
    pub classes: Vec<PodClass<'a>>,
    /// By folded namespace, its classes.
    namespaces: FxHashMap<&'a str, LabelIndex<'a>>,
    sorted_namespaces: Vec<&'a str>,
    /// By folded namespace and folder.
    folders: FxHashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Workloads<'a> {
    /// `patches` are pieces that are merged into other objects.
    pub fn new(objects: &[Object<'a>], patches: &[Object<'a>]) -> Workloads<'a> {
        let mut workloads = Workloads::default();
        let patches = patches_by_target(objects, patches);
        let mut classes: FxHashMap<(&str, Labels<'_>), usize> = FxHashMap::default();
        for object in objects {
            let Body::Kubernetes(Kubernetes::Workload(spec)) = object.body() else { continue };
            if is_fragment(*object, spec) {
                continue;
            }
            let namespace = object.namespace();
            let patches = patches.get(&(object.kind(), object.name())).cloned().unwrap_or_default();
            let labels = pod_labels(*object, spec);
            let changes_labels = |patch: &Option<&api::Workload>| {
                patch.is_none_or(|p| !p.pod_metadata.labels.is_absent())
            };
            let labels = if patches.iter().any(changes_labels) { labels.opened() } else { labels };
            let class = *classes.entry((namespace, labels)).or_insert_with_key(|(_, labels)| {
                let labels = labels.clone();
                workloads.classes.push(PodClass { namespace, labels, members: Vec::new() });
                workloads.classes.len() - 1
            });
            workloads.classes[class].members.push(workloads.all.len());
            let folder = workloads.folders.entry((fold(namespace), folder(*object))).or_default();
            if folder.last() != Some(&class) {
                folder.push(class);
            }
            let host_network = match &spec.pod.host_network {
                _ if is_patched(&patches, |pod| !pod.host_network.is_absent()) => Answer::Unknown,
                Field::Absent => Answer::No,
                Field::Known(value) => Answer::of(value.value),
                Field::Unknown(_) => Answer::Unknown,
            };
            let object = *object;
            let index = workloads.all.len();
            workloads.all.push(Workload {
                index,
                object,
                spec,
                namespace,
                host_network,
                class,
                patches,
            });
        }
        for (index, class) in workloads.classes.iter().enumerate() {
            workloads
                .namespaces
                .entry(fold(class.namespace))
                .or_default()
                .add(index, &class.labels);
        }
        workloads.sorted_namespaces = workloads.namespaces.keys().copied().collect();
        workloads.sorted_namespaces.sort_unstable();
        workloads
    }

    /// Whether any workload of a namespace is in view.
    pub fn any_in(&self, namespace: &str) -> bool {
        self.namespaces.contains_key(fold(namespace))
    }

    /// Folded keys of the namespaces that workloads are in, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &'a str> {
        self.sorted_namespaces.iter().copied()
    }

    pub fn classes_in(&self, namespace: &str) -> &[usize] {
        self.namespaces.get(fold(namespace)).map_or(&[], LabelIndex::all)
    }

    /// The classes that an object of the same namespace would be about: those of the namespace, or
    /// where its name is left open, those in the object's own folder. Files that leave it open
    /// are often meant for several.
    pub fn around(&self, object: Object<'a>) -> &[usize] {
        let namespace = object.namespace();
        if is_known(namespace) {
            return self.classes_in(namespace);
        }
        let near = self.folders.get(&(fold(namespace), folder(object)));
        near.map_or(&[], Vec::as_slice)
    }

    /// The classes of a namespace that a selector matches, or may match, ascending.
    pub fn select(&self, namespace: &str, selector: &Selector<'_>) -> Vec<(usize, Answer)> {
        let Some(index) = self.namespaces.get(fold(namespace)) else { return Vec::new() };
        let answer = |class: &usize| (*class, selector.matches(&self.classes[*class].labels));
        index.candidates(selector).iter().map(answer).filter(|(_, a)| !a.is_no()).collect()
    }

    /// The classes that two selectors select together, or may: of namespaces, and of pods in them.
    pub fn select_across(
        &self,
        namespaces: &Namespaces<'a>,
        of_namespaces: &Selector<'_>,
        of_pods: &Selector<'_>,
    ) -> Vec<(usize, Answer)> {
        let mut found = Vec::new();
        for (namespace, answer) in namespaces.matching(of_namespaces) {
            let selected = self.select(namespace, of_pods).into_iter();
            // Of those that are taken to share a namespace, some say which one it is.
            let own = selected.filter(|(class, _)| self.classes[*class].namespace == namespace);
            found.extend(own.map(|(class, selects)| (class, answer.and(selects))));
        }
        found
    }

    /// The workloads of a class.
    pub fn members(&self, class: usize) -> impl Iterator<Item = &Workload<'a>> {
        self.classes[class].members.iter().map(|index| &self.all[*index])
    }
}

impl<'a> Workload<'a> {
    /// Declared ports of the containers that serve: sidecars among the init containers included.
    pub fn ports(&self) -> impl Iterator<Item = PodPort<'a>> {
        let containers = self.spec.pod.running_containers();
        containers.flat_map(|container| container.ports.items()).filter_map(Field::known).map(
            |port| PodPort {
                name: port.value.name.value().map(String::as_str),
                number: port.value.container_port.value().and_then(|number| port_number(*number)),
                protocol: Protocol::of_field(&port.value.protocol),
                source: &port.value,
                span: port.span,
            },
        )
    }

    /// The number of a port by its name; a name may be there once for each protocol.
    pub fn port_named(&self, name: &str, protocol: Protocol) -> Option<u16> {
        let mut ports = self.ports().filter(|port| port.name == Some(name));
        ports.find(|port| port.protocol == Some(protocol))?.number
    }

    /// Whether a patch changes something of the pod.
    pub fn is_patched(&self, changes: impl Fn(&api::PodSpec) -> bool) -> bool {
        is_patched(&self.patches, changes)
    }

    /// Whether all declared ports and their names are known. A mesh adds ports of its own.
    pub fn ports_are_known(&self) -> bool {
        if self.is_patched(|pod| pod.all_containers().any(|container| !container.ports.is_absent()))
        {
            return false;
        }
        let pod = &self.spec.pod;
        let lists = [&pod.containers, &pod.init_containers];
        let containers = lists.into_iter().flat_map(|list| list.items());
        let known = |container: &Field<api::Container>| {
            container.value().is_some_and(|container| {
                !container.ports.is_unknown()
                    && container.ports.items().iter().all(|port| {
                        port.value().is_some_and(|port| {
                            !port.name.is_unknown() && !port.container_port.is_unknown()
                        })
                    })
            })
        };
        !lists.iter().any(|list| list.is_unknown()) && containers.into_iter().all(known)
    }

    /// `Deployment/web`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.object.kind(), self.object.name())
    }
}

fn folder<'a>(object: Object<'a>) -> &'a str {
    object.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Pieces by kind and name of what they are merged into. The namespace is seldom written in them.
fn patches_by_target<'a>(
    objects: &[Object<'a>],
    patches: &[Object<'a>],
) -> FxHashMap<(&'a str, &'a str), Vec<Option<&'a api::Workload>>> {
    let mut by_target: FxHashMap<_, Vec<_>> = FxHashMap::default();
    let workload = |object: &Object<'a>| match object.body() {
        Body::Kubernetes(Kubernetes::Workload(spec)) => Some(&**spec),
        _ => None,
    };
    for patch in patches {
        by_target.entry((patch.kind(), patch.name())).or_default().push(workload(patch));
    }
    for object in objects {
        if let Some(spec) = workload(object).filter(|spec| is_fragment(*object, spec)) {
            by_target.entry((object.kind(), object.name())).or_default().push(Some(spec));
        }
    }
    by_target
}

fn is_patched(patches: &[Option<&api::Workload>], changes: impl Fn(&api::PodSpec) -> bool) -> bool {
    patches.iter().any(|patch| patch.is_none_or(|patch| changes(&patch.pod)))
}

/// The labels of a workload's pods, with those that its controller adds.
fn pod_labels<'a>(object: Object<'a>, spec: &'a api::Workload) -> Labels<'a> {
    let labels = Labels::written(&spec.pod_metadata.labels);
    let present = |labels: Labels<'a>, keys: &[&'static str]| {
        keys.iter().fold(labels, |labels, key| labels.with(key, LabelValue::Present))
    };
    match (object.resource.group(), object.kind()) {
        ("", "Pod" | "ReplicationController") => labels,
        ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => labels,
        ("apps", "StatefulSet") => {
            present(labels, &["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"])
        }
        ("batch", _) => present(
            labels,
            &[
                "job-name",
                "controller-uid",
                "batch.kubernetes.io/job-name",
                "batch.kubernetes.io/controller-uid",
                "batch.kubernetes.io/job-completion-index",
            ],
        ),
        // <https://docs.openshift.com/container-platform/4.17/applications/deployments/what-deployments-are.html>
        ("apps.openshift.io", "DeploymentConfig") => {
            present(labels, &["deployment"]).with("deploymentconfig", LabelValue::Is(object.name()))
        }
        // What other controllers add is theirs to know.
        _ => labels.opened(),
    }
}

/// Whether this is a piece that is merged into an object elsewhere, as Kustomize patches are: no
/// API server would take it as it is.
fn is_fragment(object: Object<'_>, spec: &api::Workload) -> bool {
    let of_controller = matches!(
        (object.resource.group(), object.kind()),
        ("apps" | "extensions", _) | ("", "ReplicationController")
    );
    if of_controller && spec.pod_metadata.labels.is_absent() {
        return true;
    }
    let mut containers = spec.pod.all_containers().peekable();
    let nothing_runs = containers.peek().is_none() && !spec.pod.containers.is_unknown();
    // People patch controllers, and pods that a cluster printed may be cut down to the essentials.
    let is_pod = object.kind() == "Pod";
    nothing_runs || (!is_pod && containers.all(|container| container.image.is_absent()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    fn pod(name: &str, namespace: &str, labels: &str) -> String {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}, spec: {{containers: [{{name: a, image: a}}]}}}}\n"
        )
    }

    /// Names of the selected workloads, with a `?` where it is not sure.
    fn selected(text: &str, selector: &str) -> Vec<String> {
        let policy = format!(
            "{text}---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p}}, spec: {{podSelector: {selector}}}}}\n"
        );
        with_network(&policy, |network| {
            let classes = network.policies.all[0].classes(&network.workloads);
            let names = classes.iter().flat_map(|(class, answer)| {
                let mark = if answer.is_yes() { "" } else { "?" };
                let members = network.workloads.members(*class);
                members.map(move |workload| format!("{}{mark}", workload.object.name()))
            });
            names.collect()
        })
    }

    #[test]
    fn the_index_finds_what_a_selector_matches() {
        let text = [
            pod("a", "default", "{app: web}"),
            pod("b", "''", "{app: web}"),
            pod("c", "shop", "{app: web}"),
            pod("d", "default", "{app: api, tier: back}"),
            pod("e", "default", "{app: '${X}'}"),
            pod("f", "default", "{}"),
        ]
        .concat();
        assert_eq!(selected(&text, "{matchLabels: {app: web}}"), ["a", "b", "e?"]);
        assert_eq!(selected(&text, "{}"), ["a", "b", "d", "e", "f"]);
        assert_eq!(selected(&text, "{matchLabels: {app: api, tier: front}}"), [""; 0]);
        let expression = "{matchExpressions: [{key: app, operator: DoesNotExist}]}";
        assert_eq!(selected(&text, expression), ["f"]);
        let expression = "{matchExpressions: [{key: app, operator: In, values: [api, web]}]}";
        assert_eq!(selected(&text, expression), ["a", "b", "d", "e?"]);
    }

    #[test]
    fn patches_are_no_workloads_and_controllers_add_labels() {
        let text = "\
{apiVersion: apps/v1, kind: Deployment, metadata: {name: patch}, spec: {template: {spec: {containers: [{name: a, image: b}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {selector: {}, template: {metadata: {labels: {app: db}}, spec: {initContainers: [{name: i, image: i, restartPolicy: Always, ports: [{name: side, containerPort: 1}]}, {name: j, image: j, ports: [{name: once, containerPort: 2}]}], containers: [{name: a, image: b, ports: [{containerPort: 5432}]}]}}}}
";
        with_network(text, |network| {
            let names: Vec<&str> =
                network.workloads.all.iter().map(|workload| workload.object.name()).collect();
            assert_eq!(names, ["db"]);
            let labels = &network.workloads.classes[0].labels;
            assert_eq!(labels.get("statefulset.kubernetes.io/pod-name"), LabelValue::Present);
            assert_eq!(labels.get("job-name"), LabelValue::Absent);
            let ports = network.workloads.all[0].ports();
            let ports: Vec<_> = ports.map(|port| (port.name, port.number)).collect();
            assert_eq!(ports, [(None, Some(5432)), (Some("side"), Some(1))]);
        });
    }

    #[test]
    fn whatever_has_a_pod_template_is_a_workload() {
        let controllers = [
            ("apps/v1", "Deployment"),
            ("apps/v1", "ReplicaSet"),
            ("apps/v1", "DaemonSet"),
            ("apps/v1", "StatefulSet"),
            ("batch/v1", "Job"),
            ("v1", "ReplicationController"),
            ("argoproj.io/v1alpha1", "Rollout"),
            ("serving.knative.dev/v1", "Service"),
            ("apps.openshift.io/v1", "DeploymentConfig"),
            ("apps.kruise.io/v1alpha1", "CloneSet"),
            ("apps.kruise.io/v1beta1", "StatefulSet"),
        ];
        let template =
            "{metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}";
        let object = |version: &str, kind: &str, spec: &str| {
            format!(
                "---\n{{apiVersion: {version}, kind: {kind}, metadata: {{name: web}}, spec: {spec}}}\n"
            )
        };
        let mut text: String = controllers
            .iter()
            .map(|(version, kind)| object(version, kind, &format!("{{template: {template}}}")))
            .collect();
        let jobs = format!("{{jobTemplate: {{spec: {{template: {template}}}}}}}");
        text += &object("batch/v1", "CronJob", &jobs);
        text += &object(
            "argoproj.io/v1alpha1",
            "Rollout",
            "{workloadRef: {kind: Deployment, name: web}}",
        );
        text += &format!(
            "---\n{{apiVersion: v1, kind: PodTemplate, metadata: {{name: web}}, template: {template}}}\n"
        );
        with_network(&text, |network| {
            let kinds: Vec<&str> =
                network.workloads.all.iter().map(|workload| workload.object.kind()).collect();
            let mut expected: Vec<&str> = controllers.iter().map(|(_, kind)| *kind).collect();
            expected.push("CronJob");
            assert_eq!(kinds, expected);
            let label = |kind: &str, key: &str| {
                let mut all = network.workloads.all.iter();
                let workload = all.find(|workload| workload.object.kind() == kind).unwrap();
                network.workloads.classes[workload.class].labels.get(key)
            };
            assert_eq!(label("DeploymentConfig", "deploymentconfig"), LabelValue::Is("web"));
            assert_eq!(label("DeploymentConfig", "tier"), LabelValue::Absent);
            assert_eq!(label("Rollout", "app"), LabelValue::Is("web"));
            assert_eq!(label("Rollout", "tier"), LabelValue::Unknown);
            assert_eq!(label("CronJob", "batch.kubernetes.io/job-name"), LabelValue::Present);
        });
    }
}
