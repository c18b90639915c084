//! An object of the cluster: who it is and where it stands.

use std::collections::BTreeMap;

use crate::diagnostic::{Label, Place};
use crate::ingest::{Body, Map, Resource};
use crate::scope::{NodeFile, Placement};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A resource as the model refers to it.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    pub resource: &'a Resource,
    /// What its kustomization makes of it.
    pub placement: &'a Placement,
    /// The path of its file, as it is displayed.
    pub path: &'a str,
    /// The machine whose file it is; `None` for what belongs to the whole cluster.
    pub node: Option<NodeFile<'a>>,
}

impl<'a> Object<'a> {
    pub fn kind(self) -> &'a str {
        &self.resource.kind.value
    }

    pub fn name(self) -> &'a str {
        self.resource.name()
    }

    /// The namespace as a key to compare by: as written, or as its kustomization sets it; empty
    /// when the files leave it to whoever applies them. A key that starts with `?` is that of a
    /// kustomization whose namespace is decided elsewhere. For people, see [`Self::namespace_name`].
    pub fn namespace(self) -> &'a str {
        match self.placement {
            Placement::Namespace(namespace) => namespace,
            Placement::AsWritten | Placement::Patch | Placement::ChartDefaults => {
                self.resource.namespace()
            }
        }
    }

    /// The namespace's name, when the files tell it.
    pub fn namespace_name(self) -> Option<&'a str> {
        let namespace = self.namespace();
        (!namespace.is_empty() && !namespace.starts_with('?')).then_some(namespace)
    }

    /// Whether it is what a chart has by itself, which nobody has to install.
    pub fn is_chart_default(self) -> bool {
        matches!(self.placement, Placement::ChartDefaults)
    }

    pub fn body(self) -> &'a Body {
        &self.resource.body
    }

    /// At the object's name: where a finding about all of it points.
    pub fn label(self, text: impl Into<String>) -> Label {
        self.resource.name_span().label(text)
    }

    /// All of it.
    pub fn span(self) -> Span {
        self.resource.span
    }

    /// Whether two values of the model come from one and the same object.
    pub fn is(self, other: Object<'_>) -> bool {
        std::ptr::eq(self.resource, other.resource)
    }
}

/// Labels whose values are known; a templated value is left out, see [`has_unknown`].
pub fn known_labels(labels: &Map<String>) -> BTreeMap<&str, &str> {
    let entries = labels.value().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str(), value.value()?.as_str()))).collect()
}

/// Whether a map of labels has values that cannot be known.
pub fn has_unknown(labels: &Map<String>) -> bool {
    labels.is_unknown()
        || labels.value().is_some_and(|labels| labels.values().any(Field::is_unknown))
}
