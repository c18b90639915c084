//! Which pods carry a proxy of Istio, and why.
//!
//! The label or annotation of the pod comes first, then the labels of its namespace
//! (<https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/>). People label
//! namespaces by hand, so a namespace without a label tells nothing.

use super::super::Network;
use super::super::namespaces::is_known;
use super::super::object::Object;
use super::super::workloads::Workload;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

pub const INJECTION_LABEL: &str = "istio-injection";
pub const REVISION_LABEL: &str = "istio.io/rev";
pub const POD_KEY: &str = "sidecar.istio.io/inject";
pub const AMBIENT_LABEL: &str = "istio.io/dataplane-mode";

/// Namespaces that the injector passes over (`IgnoredNamespaces`, `pkg/kube/inject`).
const IGNORED: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// Whether pods carry a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    Yes,
    /// Surely not, with the word that says so.
    No {
        reason: &'static str,
        span: Span,
    },
    Unknown,
}

impl Proxy {
    pub fn is_yes(self) -> bool {
        self == Proxy::Yes
    }
}

/// What a pod's own label or annotation asks for (`injectRequired`, `pkg/kube/inject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Inject,
    Default,
    /// What is not understood counts as this, too.
    DoNotInject,
}

pub fn wish(value: &str) -> Wish {
    match value.to_ascii_lowercase().as_str() {
        "y" | "yes" | "true" | "on" => Wish::Inject,
        "" => Wish::Default,
        _ => Wish::DoNotInject,
    }
}

impl<'a> Network<'a> {
    /// Whether a workload's pods carry Istio's proxy.
    pub fn istio_proxy(&self, workload: &Workload<'a>) -> Proxy {
        // What patches and templates bring cannot be known.
        if !workload.patches.is_empty() {
            return Proxy::Unknown;
        }
        let mut containers = workload.spec.pod.all_containers();
        if containers.any(|it| it.name.value().is_some_and(|name| name == "istio-proxy")) {
            return Proxy::Yes;
        }
        if let Some(known) = self.ambient(workload) {
            return known;
        }
        if workload.host_network.is_yes() {
            let span = workload.spec.pod.host_network.span();
            let span = span.unwrap_or_else(|| workload.object.resource.name_span());
            return Proxy::No { reason: "the network of its node", span };
        }
        if let Some(name) = workload.object.namespace_name()
            && IGNORED.contains(&name)
        {
            let span = workload.object.resource.name_span();
            return Proxy::No { reason: "in a namespace that gets no proxies", span };
        }
        let metadata = &workload.spec.pod_metadata;
        if metadata.labels.is_unknown() || metadata.annotations.is_unknown() {
            return Proxy::Unknown;
        }
        let label = metadata.labels.value().and_then(|labels| labels.get(POD_KEY));
        let annotation = metadata.annotations.value().and_then(|it| it.get(POD_KEY));
        match label.or(annotation) {
            Some(Field::Known(value)) => match wish(value) {
                // An annotation alone does not make the webhook look at the pod.
                Wish::Inject if label.is_some() => return Proxy::Yes,
                Wish::Inject | Wish::Default => {}
                Wish::DoNotInject => {
                    return Proxy::No { reason: "not to be injected", span: value.span };
                }
            },
            Some(_) => return Proxy::Unknown,
            None => {}
        }
        self.namespace_proxy(workload.namespace)
    }

    /// What the labels of a namespace say, given by its key.
    fn namespace_proxy(&self, namespace: &str) -> Proxy {
        let injection = self.namespace_label(namespace, INJECTION_LABEL);
        let revision = self.namespace_label(namespace, REVISION_LABEL);
        match (injection, revision) {
            (Some(value), None) if self.is_without(namespace, REVISION_LABEL) => {
                match value.as_str() {
                    "enabled" => Proxy::Yes,
                    "disabled" => {
                        Proxy::No { reason: "in a namespace without injection", span: value.span }
                    }
                    _ => Proxy::Unknown,
                }
            }
            (None, Some(_)) if self.is_without(namespace, INJECTION_LABEL) => Proxy::Yes,
            _ => Proxy::Unknown,
        }
    }

    /// Whether the pods are redirected on their nodes, without a proxy of their own; `None` when
    /// nothing speaks of it.
    fn ambient(&self, workload: &Workload<'a>) -> Option<Proxy> {
        let written = |object: Object<'_>| {
            let labels = object.resource.metadata.labels.value();
            labels.is_some_and(|labels| labels.contains_key(AMBIENT_LABEL))
        };
        let pod = workload.spec.pod_metadata.labels.value().and_then(|it| it.get(AMBIENT_LABEL));
        let namespace = self.namespaces.objects(workload.namespace);
        if pod.is_none() && !namespace.iter().any(|object| written(*object)) {
            return None;
        }
        // Pods in the network of their node are never redirected.
        (!workload.host_network.is_yes()).then_some(Proxy::Unknown)
    }

    /// Whether a namespace in view does not write a label.
    fn is_without(&self, namespace: &str, key: &str) -> bool {
        let objects = self.namespaces.objects(namespace);
        let has = |object: &Object<'_>| {
            let labels = &object.resource.metadata.labels;
            labels.is_unknown() || labels.value().is_some_and(|labels| labels.contains_key(key))
        };
        !objects.is_empty() && !objects.iter().any(has)
    }

    /// The objects in view that define namespaces, in the order of the files.
    pub fn namespace_objects(&self) -> impl Iterator<Item = Object<'a>> {
        let objects = self.objects.iter().copied();
        objects.filter(|it| it.kind() == "Namespace" && it.resource.group().is_empty())
    }

    /// A label of a namespace in view, where it is written.
    pub fn namespace_label(&self, namespace: &str, key: &str) -> Option<&'a Spanned<String>> {
        if !is_known(namespace) {
            return None;
        }
        let objects = self.namespaces.objects(namespace).iter();
        let mut labels = objects.filter_map(|object| object.resource.metadata.labels.value());
        labels.find_map(|labels| labels.get(key)?.known())
    }

    /// Whether something in view is of Istio: an object, or what asks for its proxies.
    pub fn uses_istio(&self) -> bool {
        let asks = |object: &Object<'_>| {
            let labels = object.resource.metadata.labels.value();
            labels.is_some_and(|labels| {
                [INJECTION_LABEL, REVISION_LABEL, AMBIENT_LABEL]
                    .iter()
                    .any(|key| labels.contains_key(key))
            })
        };
        let mut namespaces = self.namespaces.defined();
        self.mesh.has_istio
            || namespaces.any(|name| self.namespaces.objects(name).iter().any(asks))
            || self.workloads.all.iter().any(|workload| {
                let labels = workload.spec.pod_metadata.labels.value();
                labels.is_some_and(|labels| labels.contains_key(POD_KEY))
            })
    }
}
