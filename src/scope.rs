//! Groups resources into clusters, and says how that was decided.
//!
//! Two values may be compared only when they belong to one cluster. The files rarely say so, so
//! the tree of folders is split where its parts cannot be one cluster: where they hold the same
//! singleton (two kubeadm ClusterConfigurations), or the same object with different content. What
//! lies beside a split belongs to every cluster. Folders of examples and tests hold unrelated
//! things: there, each folder stands alone. Inside a cluster, the files that lie on a machine
//! belong to a node of it.

mod charts;
mod claim;
mod definition;
mod kustomize;
mod layout;
mod node;
mod tree;

pub use kustomize::{Placement, patch_files, place, resolve};
pub use node::NodeFile;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use crate::ingest::{Body, Resource};

/// One cluster, as far as the files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The name from the configuration, or the path that holds it; empty for all files as one.
    pub name: String,
    /// Indices of its resources, ascending.
    pub members: Vec<usize>,
    pub reason: Reason,
}

/// How a cluster was told from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `clusters:` in the configuration.
    Configured,
    /// Nothing speaks against all files being one.
    Whole,
    /// Beside it lies another one with the same singleton or object.
    Split,
    /// Other clusters are defined in the same place, by other names.
    Defined,
    /// A folder of examples or tests.
    Example,
    /// It is unclear which of several clusters these files belong to; so they are compared only
    /// among themselves.
    Unclear,
}

impl Reason {
    pub fn explanation(self) -> &'static str {
        match self {
            Reason::Configured => "named in the configuration",
            Reason::Whole => "nothing tells these files apart",
            Reason::Split => "others beside it define the same things differently",
            Reason::Defined => "others beside it are defined by other names",
            Reason::Example => "each folder of examples or tests stands alone",
            Reason::Unclear => "it is not clear which cluster these files belong to",
        }
    }
}

/// What the configuration says: a name, and which paths belong to it.
pub struct Configured<'c> {
    pub name: &'c str,
    pub matches: Box<dyn Fn(&str) -> bool + 'c>,
}

/// A resource and where it lies.
pub struct Member<'a> {
    /// For display, relative to the working directory.
    pub path: &'a str,
    /// The same without the root that it was found under.
    pub below_root: &'a str,
    pub resource: &'a Resource,
    pub placement: &'a Placement,
    /// The machine whose file it is a document of; `None` for what belongs to the whole cluster.
    pub node: Option<NodeFile<'a>>,
    /// A document inside a text of another one, such as those in ConfigMaps.
    pub embedded: bool,
}

/// Puts resources, given with their paths in the order of the files, where they belong.
pub fn members<'a>(
    resources: &[(&'a str, &'a Resource)],
    placements: &'a [Placement],
    below_root: impl Fn(&'a str) -> &'a str,
) -> Vec<Member<'a>> {
    let mut outer: Option<&Resource> = None;
    let mut members: Vec<Member<'a>> = resources
        .iter()
        .zip(placements)
        .map(|((path, resource), placement)| {
            let holds = |outer: &Resource| {
                outer.file == resource.file
                    && outer.span.contains(resource.span)
                    && outer.span != resource.span
            };
            let embedded = outer.is_some_and(holds);
            outer = if embedded { outer } else { Some(resource) };
            let below_root = below_root(path);
            Member { path, below_root, resource, placement, node: None, embedded }
        })
        .collect();
    node::assign(&mut members);
    members
}

/// Resources that belong to several clusters are modelled once for each; beyond this many times
/// the number of resources they are left to themselves.
const MAX_SHARING: usize = 20;

/// Groups resources into clusters. Kustomize patches and defaults of charts belong to none.
pub fn group(members: &[Member<'_>], configured: &[Configured<'_>]) -> Vec<Cluster> {
    let mut named: Vec<Cluster> = configured
        .iter()
        .map(|cluster| Cluster {
            name: cluster.name.to_owned(),
            members: Vec::new(),
            reason: Reason::Configured,
        })
        .collect();
    let mut examples: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut rest = Vec::new();
    for (index, member) in members.iter().enumerate() {
        if matches!(member.placement, Placement::Patch | Placement::ChartDefaults) {
            continue;
        }
        let mut claimed = false;
        for (cluster, rule) in named.iter_mut().zip(configured) {
            if (rule.matches)(member.path) {
                cluster.members.push(index);
                claimed = true;
            }
        }
        if claimed {
            continue;
        }
        match is_example(member.below_root) {
            true => examples.entry(folder(member.path)).or_default().push(index),
            false => rest.push(index),
        }
    }
    let grouped = tree::split(members, &rest);
    let mut clusters = share(members, named, grouped);
    let mut examples: Vec<(&str, Vec<usize>)> = examples.into_iter().collect();
    examples.sort();
    clusters.extend(examples.into_iter().map(|(folder, members)| Cluster {
        name: folder.to_owned(),
        members,
        reason: Reason::Example,
    }));
    definition::separate(members, clusters)
}

/// Gives every cluster what lies beside all of them.
fn share(members: &[Member<'_>], named: Vec<Cluster>, grouped: tree::Grouped) -> Vec<Cluster> {
    let whole = named.is_empty() && grouped.clusters.is_empty();
    let mut clusters = named;
    clusters.extend(grouped.clusters);
    let mut shared = grouped.shared;
    if whole {
        let members = shared;
        return match members.is_empty() {
            true => Vec::new(),
            false => vec![Cluster { name: String::new(), members, reason: Reason::Whole }],
        };
    }
    // A machine is in one cluster, and files beside several clusters do not say in which.
    let is_host = |index: &usize| {
        let body = &members[*index].resource.body;
        matches!(body, Body::DockerDaemon(_) | Body::DockerUnit(_) | Body::Host(_))
    };
    let (hosts, others): (Vec<usize>, Vec<usize>) = match clusters.len() {
        0 | 1 => (Vec::new(), shared),
        _ => shared.into_iter().partition(is_host),
    };
    shared = others;
    let own: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
    let total = own + shared.len() * clusters.len();
    let reason = Reason::Unclear;
    if total > MAX_SHARING * (own + shared.len()) {
        shared.extend(hosts);
        clusters.push(Cluster { name: String::new(), members: shared, reason });
        return clusters;
    }
    for cluster in &mut clusters {
        cluster.members.extend(&shared);
        cluster.members.sort_unstable();
    }
    if !hosts.is_empty() {
        clusters.push(Cluster { name: String::new(), members: hosts, reason });
    }
    clusters
}

/// Whether a path lies in a folder whose contents are samples rather than a cluster's own.
pub fn is_example(path: &str) -> bool {
    folder(path).split('/').any(|folder| {
        matches!(
            folder.to_ascii_lowercase().as_str(),
            "example"
                | "examples"
                | "sample"
                | "samples"
                | "doc"
                | "docs"
                | "documentation"
                | "test"
                | "tests"
                | "testing"
                | "testdata"
                | "test-data"
                | "fixtures"
                | "e2e"
                | ".github"
        )
    })
}

pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
