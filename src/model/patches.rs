//! What pieces in view change about objects: Kustomize patches in files of their own, in
//! kustomizations, and fragments that nobody names as patches.
//!
//! What a patch says is not applied: who asks learns that an object may end up different.

use rustc_hash::FxHashSet;

use super::object::Object;
use super::services::is_fragment;
use crate::ingest::kubernetes::Kubernetes;
use crate::ingest::{Body, PatchTarget};

#[derive(Debug, Default)]
pub struct Patches<'a> {
    /// Kind and name.
    objects: FxHashSet<(&'a str, &'a str)>,
    kinds: FxHashSet<&'a str>,
    anything: bool,
}

impl<'a> Patches<'a> {
    /// `patches` are the objects that are only merged into others.
    pub fn new(objects: &[Object<'a>], patches: &[Object<'a>]) -> Patches<'a> {
        let mut found = Patches::default();
        found.objects.extend(patches.iter().map(|patch| (patch.kind(), patch.name())));
        for object in objects {
            match object.body() {
                Body::Kubernetes(Kubernetes::Service(spec)) if is_fragment(spec) => {
                    found.objects.insert((object.kind(), object.name()));
                }
                Body::Kustomization(kustomization) => {
                    for target in &kustomization.targets {
                        match target {
                            PatchTarget::Object { kind, name } => {
                                found.objects.insert((kind, name));
                            }
                            PatchTarget::Kind(kind) => {
                                found.kinds.insert(kind);
                            }
                            PatchTarget::Anything => found.anything = true,
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Whether some patch may change an object.
    pub fn may_change(&self, object: Object<'_>) -> bool {
        self.anything
            || self.kinds.contains(object.kind())
            || self.objects.contains(&(object.kind(), object.name()))
    }
}
