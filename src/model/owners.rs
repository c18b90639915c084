//! What made the pods that a cluster printed: their owners, over as many levels as are in view.
//!
//! What makes a Deployment or another controller is not looked for: people know the controller.

use rustc_hash::FxHashMap;

use super::namespaces::fold;
use super::object::Object;
use crate::syntax::decode::Field;

/// Levels are a pod, a ReplicaSet or Job, and its controller; there is no reason for more than
/// some, and a circle must end.
const MAX_LEVELS: usize = 8;

#[derive(Debug, Default)]
pub struct Owners<'a> {
    /// By folded namespace, kind and name, the kind and name of what made it.
    known: FxHashMap<(&'a str, &'a str, &'a str), (&'a str, &'a str)>,
}

impl<'a> Owners<'a> {
    pub fn new(objects: &[Object<'a>]) -> Owners<'a> {
        let known = objects.iter().filter_map(|object| {
            let key = (fold(object.namespace()), object.kind(), object.name());
            Some((key, written(*object)?))
        });
        Owners { known: known.collect() }
    }

    /// The kind and name of the workload that an object is a part of; its own if nothing is known
    /// to have made it.
    pub fn of(&self, object: Object<'a>) -> (&'a str, &'a str) {
        let namespace = fold(object.namespace());
        let mut owner = written(object).unwrap_or((object.kind(), object.name()));
        for _ in 0..MAX_LEVELS {
            match self.known.get(&(namespace, owner.0, owner.1)) {
                Some(next) => owner = *next,
                None => break,
            }
        }
        owner
    }
}

/// What an object says made it: the one that manages it, or the first.
fn written<'a>(object: Object<'a>) -> Option<(&'a str, &'a str)> {
    let is_part = matches!(object.kind(), "Pod" | "ReplicaSet" | "ReplicationController" | "Job");
    if !is_part {
        return None;
    }
    let references = object.resource.metadata.owner_references.items();
    let mut known = references.iter().filter_map(Field::value);
    let manages = known.clone().find(|reference| reference.controller.value() == Some(&true));
    let reference = manages.or_else(|| known.next())?;
    let kind = reference.kind.value().map_or(object.kind(), String::as_str);
    Some((kind, reference.name.value()?.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    #[test]
    fn owners_are_followed_to_the_controller() {
        let text = "\
{apiVersion: v1, kind: Pod, metadata: {name: web-1-a, ownerReferences: [{kind: Other, name: x}, {kind: ReplicaSet, name: web-1, controller: true}]}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, ownerReferences: [{kind: Deployment, name: web}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, ownerReferences: [{kind: Shop, name: shop}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: nightly-1-b, ownerReferences: [{kind: Job, name: nightly-1}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: nightly-1, ownerReferences: [{kind: CronJob, name: nightly}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: api-1-c, ownerReferences: [{kind: ReplicaSet, name: api-1}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, ownerReferences: [{kind: Pod, name: b}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, ownerReferences: [{kind: Pod, name: a}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: alone}}
";
        with_network(text, |network| {
            let owners = Owners::new(&network.objects);
            let of = |name: &str| {
                let object = network.objects.iter().find(|object| object.name() == name);
                owners.of(*object.unwrap())
            };
            assert_eq!(of("web-1-a"), ("Deployment", "web"));
            assert_eq!(of("web-1"), ("Deployment", "web"));
            assert_eq!(of("web"), ("Deployment", "web"));
            assert_eq!(of("nightly-1-b"), ("CronJob", "nightly"));
            // The ReplicaSet is not in view.
            assert_eq!(of("api-1-c"), ("ReplicaSet", "api-1"));
            assert_eq!(of("a").0, "Pod");
            assert_eq!(of("alone"), ("Pod", "alone"));
        });
    }
}
