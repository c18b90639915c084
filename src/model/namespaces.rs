//! The cluster's namespaces and their labels.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::label_index::LabelIndex;
use super::labels::{Answer, LabelValue, Labels, Selector};
use super::object::Object;
use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;

/// The label with the namespace's name that the API server puts on every namespace (KEP-2161).
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Namespaces that Kubernetes itself creates, with no other label than [`NAME_LABEL`].
pub const SYSTEM: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The namespaces that the files define, or name.
#[derive(Debug, Default)]
pub struct Namespaces<'a> {
    /// By name, those with an object in view.
    defined: FxHashMap<&'a str, Vec<Object<'a>>>,
    /// Those that some object lies in.
    named: FxHashSet<&'a str>,
    /// Keys of the namespaces that some object lies in, sorted, with their labels.
    in_use: Vec<(&'a str, Labels<'a>)>,
    by_label: LabelIndex<'a>,
    /// Of those, the ones whose name the files do not tell.
    nameless: Vec<usize>,
}

/// Objects whose files leave the namespace open are taken to share one, and `kubectl` puts them
/// into `default` unless told otherwise. Keys are those of [`Object::namespace`].
pub fn fold(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}

/// Whether the files tell the name of a namespace, given by its key.
pub fn is_known(namespace: &str) -> bool {
    !namespace.is_empty() && !namespace.starts_with('?')
}

impl<'a> Namespaces<'a> {
    pub fn new(objects: &[Object<'a>]) -> Namespaces<'a> {
        let mut namespaces = Namespaces::default();
        for object in objects {
            if let Body::Kubernetes(Kubernetes::Namespace) = object.body() {
                namespaces.defined.entry(object.name()).or_default().push(*object);
            } else if is_known(object.namespace()) {
                namespaces.named.insert(object.namespace());
            }
        }
        let in_use: BTreeSet<&str> = objects.iter().map(|object| object.namespace()).collect();
        for (index, namespace) in in_use.into_iter().enumerate() {
            let labels = namespaces.labels(namespace);
            namespaces.by_label.add(index, &labels);
            namespaces.in_use.push((namespace, labels));
            if !is_known(namespace) {
                namespaces.nameless.push(index);
            }
        }
        namespaces
    }

    /// Keys of the namespaces that some object lies in and that a selector matches, or may match,
    /// sorted.
    pub fn matching(&self, selector: &Selector<'_>) -> Vec<(&'a str, Answer)> {
        let candidates = match selector.required_value(NAME_LABEL) {
            Some(name) => {
                let named = self.in_use.binary_search_by_key(&name, |(key, _)| key).ok();
                self.nameless.iter().copied().chain(named).collect()
            }
            None => self.by_label.candidates(selector),
        };
        let answer = |index: usize| {
            let (key, labels) = &self.in_use[index];
            (*key, selector.matches(labels))
        };
        let answers = candidates.into_iter().map(answer).filter(|(_, answer)| !answer.is_no());
        let mut answers: Vec<(&str, Answer)> = answers.collect();
        answers.sort_unstable();
        answers
    }

    /// The objects in view that define a namespace.
    pub fn objects(&self, name: &str) -> &[Object<'a>] {
        self.defined.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn is_defined(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    /// Names of all namespaces with an object in view.
    pub fn defined(&self) -> impl Iterator<Item = &'a str> {
        self.defined.keys().copied()
    }

    /// Whether there is a namespace of this name, as far as the files tell.
    pub fn exists(&self, name: &str) -> bool {
        SYSTEM.contains(&name) || self.defined.contains_key(name) || self.named.contains(name)
    }

    /// The labels of a namespace, given by its key. A namespace that the files define has those
    /// that they show; any other may have more than its name.
    pub fn labels(&self, namespace: &'a str) -> Labels<'a> {
        if !is_known(namespace) {
            return Labels::unknown();
        }
        let name = LabelValue::Is(namespace);
        if !self.is_defined(namespace) {
            let labels = Labels::unknown().with(NAME_LABEL, name);
            if !SYSTEM.contains(&namespace) {
                return labels;
            }
            // A label of this kind on a namespace that Kubernetes creates is the mistake of those
            // who take it for granted: nothing sets it.
            return CONVENTIONS
                .iter()
                .fold(labels, |labels, key| labels.with(key, LabelValue::Absent));
        }
        let mut labels = Labels::default();
        for object in self.objects(namespace) {
            let own = Labels::written(&object.resource.metadata.labels);
            labels = own.iter().fold(labels, |labels, (key, value)| labels.with(key, value));
            labels = if own.is_open() { labels.opened() } else { labels };
        }
        labels.with(NAME_LABEL, name)
    }
}

/// Labels that people expect to hold the name of a namespace.
pub const CONVENTIONS: [&str; 2] = ["name", "namespace"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    #[test]
    fn labels_are_those_of_the_manifest_and_the_name() {
        let text = "\
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: office}}
";
        with_network(text, |network| {
            let get = |namespace, key| network.namespaces.labels(namespace).get(key);
            assert_eq!(get("shop", "team"), LabelValue::Is("a"));
            assert_eq!(get("shop", NAME_LABEL), LabelValue::Is("shop"));
            assert_eq!(get("shop", "name"), LabelValue::Absent);
            assert_eq!(get("office", NAME_LABEL), LabelValue::Is("office"));
            assert_eq!(get("office", "team"), LabelValue::Unknown);
            assert_eq!(get("kube-system", "name"), LabelValue::Absent);
            assert_eq!(get("kube-system", "team"), LabelValue::Unknown);
            // Whoever applies the file decides.
            assert_eq!(get("", NAME_LABEL), LabelValue::Unknown);
            assert_eq!(get("?base", NAME_LABEL), LabelValue::Unknown);
            assert!(network.namespaces.exists("office") && !network.namespaces.exists("x"));
        });
    }
}
