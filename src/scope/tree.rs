//! Splits a tree of folders where its parts cannot be one cluster.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::{Cluster, Member, Placement, Reason};
use crate::ingest::Body;

/// What came of a tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    pub clusters: Vec<Cluster>,
    /// Resources that no split concerns.
    pub shared: Vec<usize>,
}

/// A folder, or a file, which is a folder of one.
#[derive(Default)]
struct Folder<'a> {
    path: String,
    entries: BTreeMap<&'a str, Folder<'a>>,
    /// Only of files.
    resources: Vec<usize>,
}

/// What a resource is there once for in a cluster, and what it says.
type Claim = (u64, u64);

/// Never the hash of a content: a singleton differs from every other one.
const SINGLETON: u64 = 0;

pub fn split(members: &[Member<'_>], indices: &[usize]) -> Grouped {
    let mut root = Folder::default();
    for index in indices {
        let mut folder = &mut root;
        for name in members[*index].path.split('/') {
            let path = match folder.path.as_str() {
                "" => name.to_owned(),
                parent => format!("{parent}/{name}"),
            };
            folder = folder.entries.entry(name).or_default();
            folder.path = path;
        }
        folder.resources.push(*index);
    }
    let mut grouped = group(members, root).0;
    grouped.shared.sort_unstable();
    for cluster in &mut grouped.clusters {
        cluster.members.sort_unstable();
    }
    grouped
}

/// Groups a folder; also gives what its resources claim.
fn group(members: &[Member<'_>], folder: Folder<'_>) -> (Grouped, Vec<Claim>) {
    if folder.entries.is_empty() {
        let claims = folder.resources.iter().flat_map(|index| claims(&members[*index])).collect();
        let grouped = Grouped { clusters: Vec::new(), shared: folder.resources };
        return (grouped, claims);
    }
    struct Part {
        path: String,
        is_base: bool,
        grouped: Grouped,
        claims: Vec<Claim>,
    }
    let parts: Vec<Part> = folder
        .entries
        .into_iter()
        .map(|(name, entry)| {
            let (path, is_base) = (entry.path.clone(), is_base(name));
            let (grouped, claims) = group(members, entry);
            Part { path, is_base, grouped, claims }
        })
        .collect();
    let mut said: FxHashMap<u64, (usize, u64, bool)> = FxHashMap::default();
    // A base says what each of those that build on it says differently.
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_base) {
        for (identity, content) in &part.claims {
            let (first, other, conflict) =
                said.entry(*identity).or_insert((index, *content, false));
            let differs = *content == SINGLETON || content != other;
            *conflict |= *first != index && differs;
        }
    }
    let conflicts = |identity: &u64| said.get(identity).is_some_and(|(_, _, conflict)| *conflict);
    let mut result = Grouped::default();
    let mut claims = Vec::new();
    for Part { path, is_base, mut grouped, claims: own } in parts {
        let split = !is_base && own.iter().any(|(identity, _)| conflicts(identity));
        claims.extend(own);
        if split && grouped.clusters.is_empty() {
            let members = grouped.shared;
            result.clusters.push(Cluster { name: path, members, reason: Reason::Split });
            continue;
        }
        if split {
            // What it shares belongs to its own clusters, and to no others.
            for cluster in &mut grouped.clusters {
                cluster.members.extend(&grouped.shared);
            }
            grouped.shared.clear();
        }
        result.clusters.extend(grouped.clusters);
        result.shared.extend(grouped.shared);
    }
    claims.sort_unstable();
    claims.dedup();
    (result, claims)
}

/// Folders that others build on, by the layouts that Kustomize and Flux users have.
fn is_base(name: &str) -> bool {
    matches!(name, "base" | "bases" | "common" | "components" | "shared" | "defaults" | "templates")
}

/// What a resource is there once for in a cluster.
fn claims(member: &Member<'_>) -> Option<Claim> {
    let resource = member.resource;
    // Every node has files of its own, which differ in what is the node's; a text in another
    // object is a part of that.
    if matches!(resource.body, Body::Cni(_)) {
        return None;
    }
    let mut hasher = FxHasher::default();
    if let Some(singleton) = singleton(resource.group(), &resource.kind, resource.name()) {
        ("singleton", singleton).hash(&mut hasher);
        return Some((hasher.finish(), SINGLETON));
    }
    if resource.name().is_empty() {
        return None;
    }
    let namespace = match member.placement {
        Placement::Namespace(namespace) => namespace.as_str(),
        Placement::AsWritten | Placement::Patch => resource.namespace(),
    };
    (resource.group(), resource.kind.as_str(), namespace, resource.name()).hash(&mut hasher);
    Some((hasher.finish(), resource.content.max(1)))
}

/// Objects of which a cluster has one, wherever they lie.
fn singleton(group: &str, kind: &str, name: &str) -> Option<&'static str> {
    Some(match (group, kind, name) {
        ("kubeadm.k8s.io", "ClusterConfiguration", _) => "kubeadm ClusterConfiguration",
        ("kubeadm.k8s.io", "InitConfiguration", _) => "kubeadm InitConfiguration",
        ("kind.x-k8s.io", "Cluster", _) => "kind Cluster",
        ("", "RKE cluster", _) => "RKE cluster",
        ("operator.tigera.io", "Installation", "default") => "Calico Installation",
        ("apps", "Deployment", "coredns") => "CoreDNS",
        ("", "ConfigMap", "kube-flannel-cfg") => "Flannel configuration",
        ("", "ConfigMap", "cilium-config") => "Cilium configuration",
        ("", "ConfigMap", "calico-config") => "Calico configuration",
        ("", "ConfigMap", "kube-proxy") => "kube-proxy configuration",
        _ => return None,
    })
}
