//! Policies that are in view and in no layer, because nobody here knows what they mean: Antrea's,
//! those of clouds, and those that cannot be read. They may let through what the others do not.

use super::admin;
use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::object::Object;

/// Staged policies are never enforced, and those for further networks of pods say nothing about
/// the first one.
pub fn is_unread(object: Object<'_>) -> bool {
    match object.body() {
        Body::AdminPolicy(policy) => {
            admin::place(policy).is_none() || policy.spec().subject.is_unknown()
        }
        Body::CalicoPolicy(_)
        | Body::CiliumPolicy(_)
        | Body::Kubernetes(Kubernetes::NetworkPolicy(_)) => false,
        _ => {
            let kind = object.kind();
            kind.ends_with("NetworkPolicy")
                && !kind.starts_with("Staged")
                && kind != "MultiNetworkPolicy"
        }
    }
}

/// Whether it may be about the pods of every namespace: by its kind, or because the files leave
/// its namespace open.
pub fn is_everywhere(object: Object<'_>) -> bool {
    let wide = ["Clusterwide", "Global", "Admin", "Cluster"];
    wide.iter().any(|word| object.kind().contains(word)) || object.namespace_name().is_none()
}
