//! Objects that define a cluster by name, and what belongs to them.
//!
//! One file or folder may define several clusters: those of Cluster API, of kops, of eksctl. What
//! says which of them it belongs to is left out of the others; the rest belongs to all of them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Cluster, MAX_SHARING, Member, Reason};
use crate::ingest::cluster_api::ClusterApi;
use crate::ingest::eks::Eks;
use crate::ingest::kops::Kops;
use crate::ingest::openshift::OpenShift;
use crate::ingest::talos::Talos;
use crate::ingest::{Body, Resource};
use crate::source::FileId;

/// A cluster as its files call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// Who makes it, its namespace and its name.
    Named(&'static str, &'a str, &'a str),
    /// A template gives it its name, so only its file tells it from others.
    File(FileId),
}

/// The cluster that a resource defines.
pub(super) fn definition<'a>(resource: &'a Resource) -> Option<Key<'a>> {
    let (maker, name) = match &resource.body {
        Body::Aks(_) if resource.kind.value != "AzureManagedControlPlane" => {
            ("aks", &resource.metadata.name)
        }
        Body::ClusterApi(ClusterApi::Cluster(_)) => ("cluster-api", &resource.metadata.name),
        Body::ClusterApi(ClusterApi::EksAnywhere(_)) => ("eks-anywhere", &resource.metadata.name),
        Body::Eks(Eks::Eksctl(_)) => ("eks", &resource.metadata.name),
        Body::Kops(Kops::Cluster(_)) => ("kops", &resource.metadata.name),
        Body::OpenShift(OpenShift::InstallConfig(_)) => ("openshift", &resource.metadata.name),
        Body::Talos(Talos::Talhelper(talhelper)) => ("talos", &talhelper.cluster_name),
        Body::Talos(Talos::Machine(machine)) => {
            let cluster = machine.cluster.value()?;
            if cluster.cluster_name.is_absent() {
                return None;
            }
            ("talos", &cluster.cluster_name)
        }
        _ => return None,
    };
    Some(match name.value() {
        Some(name) => Key::Named(maker, resource.namespace(), name),
        None => Key::File(resource.file),
    })
}

/// Takes clusters apart that hold several definitions, and takes out of each what says that it
/// belongs to another.
pub(super) fn separate(members: &[Member<'_>], clusters: Vec<Cluster>) -> Vec<Cluster> {
    let mut separated = Vec::with_capacity(clusters.len());
    for cluster in clusters {
        match cluster.reason {
            Reason::Configured => separated.push(cluster),
            _ => separate_one(members, cluster, &mut separated),
        }
    }
    separated
}

fn separate_one(members: &[Member<'_>], mut cluster: Cluster, separated: &mut Vec<Cluster>) {
    let definitions = Definitions::of(members, &cluster.members);
    let Some(first) = definitions.keys.first() else {
        separated.push(cluster);
        return;
    };
    let owners: Vec<Owner<'_>> =
        cluster.members.iter().map(|index| definitions.owner(members[*index].resource)).collect();
    if definitions.keys.len() == 1 {
        let kept = cluster.members.iter().zip(&owners);
        let kept = kept.filter(|(_, owner)| owner.admits(*first)).map(|(index, _)| *index);
        cluster.members = kept.collect();
        separated.push(cluster);
        return;
    }
    let common = owners.iter().filter(|owner| **owner == Owner::Anybody).count();
    let shares = common * definitions.keys.len() <= MAX_SHARING * cluster.members.len();
    for key in &definitions.keys {
        let belongs = |owner: &Owner<'_>| match owner {
            Owner::Anybody => shares,
            owner => owner.admits(*key),
        };
        let own = cluster.members.iter().zip(&owners).filter(|(_, owner)| belongs(owner));
        let own = own.map(|(index, _)| *index).collect();
        let name = name(&cluster, *key, members);
        separated.push(Cluster { name, members: own, reason: Reason::Defined });
    }
    let rest = cluster.members.iter().zip(&owners).filter(|(_, owner)| match owner {
        Owner::Anybody => !shares,
        Owner::Stranger => true,
        Owner::Key(_) => false,
    });
    let rest: Vec<usize> = rest.map(|(index, _)| *index).collect();
    if !rest.is_empty() {
        let reason = Reason::Unclear;
        separated.push(Cluster { name: cluster.name, members: rest, reason });
    }
}

fn name(cluster: &Cluster, key: Key<'_>, members: &[Member<'_>]) -> String {
    let own = match key {
        Key::Named(_, "", name) => name.to_owned(),
        Key::Named(_, namespace, name) => format!("{namespace}/{name}"),
        Key::File(file) => {
            let of_file = |index: &&usize| members[**index].resource.file == file;
            let member = cluster.members.iter().find(of_file);
            return member.map_or_else(String::new, |index| members[*index].path.to_owned());
        }
    };
    match cluster.name.as_str() {
        "" => own,
        path => format!("{path}: {own}"),
    }
}

/// Whom a resource belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner<'a> {
    /// It does not say.
    Anybody,
    Key(Key<'a>),
    /// A cluster that is not defined here.
    Stranger,
}

impl Owner<'_> {
    fn admits(self, key: Key<'_>) -> bool {
        match self {
            Owner::Anybody => true,
            Owner::Key(own) => own == key,
            Owner::Stranger => false,
        }
    }
}

struct Definitions<'a> {
    /// Each once, in the order of the files.
    keys: Vec<Key<'a>>,
    by_name: FxHashMap<(&'a str, &'a str), Key<'a>>,
    /// Kind, namespace and name of what a Cluster refers to.
    references: FxHashMap<(&'a str, &'a str, &'a str), Key<'a>>,
    /// Files that define one cluster and no more.
    files: FxHashMap<FileId, Option<Key<'a>>>,
}

impl<'a> Definitions<'a> {
    fn of(members: &[Member<'a>], indices: &[usize]) -> Definitions<'a> {
        let mut definitions = Definitions {
            keys: Vec::new(),
            by_name: FxHashMap::default(),
            references: FxHashMap::default(),
            files: FxHashMap::default(),
        };
        let mut known = FxHashSet::default();
        for index in indices {
            let resource = members[*index].resource;
            let Some(key) = definition(resource) else { continue };
            if known.insert(key) {
                definitions.keys.push(key);
            }
            let of_file = definitions.files.entry(resource.file).or_insert(Some(key));
            if *of_file != Some(key) {
                *of_file = None;
            }
            if let Key::Named(_, namespace, name) = key {
                definitions.by_name.insert((namespace, name), key);
            }
            let Body::ClusterApi(ClusterApi::Cluster(cluster)) = &resource.body else { continue };
            for reference in [&cluster.control_plane_ref, &cluster.infrastructure_ref] {
                let Some(reference) = reference.value() else { continue };
                if let (Some(kind), Some(name)) = (reference.kind.value(), reference.name.value()) {
                    let target = (kind.as_str(), resource.namespace(), name.as_str());
                    definitions.references.insert(target, key);
                }
            }
        }
        definitions
    }

    fn owner(&self, resource: &'a Resource) -> Owner<'a> {
        if let Some(key) = definition(resource) {
            return Owner::Key(key);
        }
        let namespace = resource.namespace();
        if let Some(name) = cluster_of(resource) {
            return match self
                .by_name
                .get(&(namespace, name))
                .or_else(|| self.by_name.get(&("", name)))
            {
                Some(key) => Owner::Key(*key),
                None => Owner::Stranger,
            };
        }
        // What stands inside an object belongs to whom the object does.
        let name = resource.name();
        let referred = self.references.get(&(resource.kind.as_str(), namespace, name));
        let around = || self.references.get(&("KubeadmControlPlane", namespace, name));
        let inside = matches!(resource.body, Body::Kubeadm(_)).then(around).flatten();
        if let Some(key) = referred.or(inside) {
            return Owner::Key(*key);
        }
        match self.files.get(&resource.file) {
            Some(Some(key)) if is_part_of_definition(resource) => Owner::Key(*key),
            _ => Owner::Anybody,
        }
    }
}

/// The name of the cluster that a resource says it belongs to.
fn cluster_of(resource: &Resource) -> Option<&str> {
    if let Body::ClusterApi(ClusterApi::Machines(machines)) = &resource.body
        && let Some(name) = machines.cluster_name.value()
    {
        return Some(name);
    }
    let labels = resource.metadata.labels.value()?;
    let group = resource.group();
    let label = match group {
        "kops.k8s.io" => "kops.k8s.io/cluster",
        _ if group.ends_with("cluster.x-k8s.io") => "cluster.x-k8s.io/cluster-name",
        _ => return None,
    };
    labels.get(label)?.value().map(String::as_str)
}

/// Whether a resource goes with the definition that stands in its file.
fn is_part_of_definition(resource: &Resource) -> bool {
    match &resource.body {
        Body::Aks(_) | Body::ClusterApi(_) | Body::Eks(_) | Body::Kops(_) => true,
        Body::OpenShift(_) | Body::Talos(_) => true,
        Body::Kubeadm(_) => resource.group() != "kubeadm.k8s.io",
        _ => resource.group().ends_with("cluster.x-k8s.io"),
    }
}
