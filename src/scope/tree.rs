//! Splits a tree of folders where its parts cannot be one cluster.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::claim::{Claim, Form, claims};
use super::{Cluster, Member, Reason};

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
        is_file: bool,
        grouped: Grouped,
        claims: Vec<Claim>,
    }
    let parts: Vec<Part> = folder
        .entries
        .into_iter()
        .map(|(name, entry)| {
            let (path, is_base) = (entry.path.clone(), is_base(name));
            let is_file = entry.entries.is_empty();
            let (grouped, claims) = group(members, entry);
            Part { path, is_base, is_file, grouped, claims }
        })
        .collect();
    // The first claim of each form about each thing, with its part.
    let mut said: FxHashMap<u64, [Option<(usize, Claim)>; Form::COUNT]> = FxHashMap::default();
    let mut contradicted: FxHashSet<u64> = FxHashSet::default();
    // A base says what each of those that build on it says differently.
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_base) {
        for claim in &part.claims {
            let said = said.entry(claim.identity).or_default();
            let contradicts = |(other, first): &(usize, Claim)| {
                let neighbours = part.is_file && parts[*other].is_file;
                *other != index && claim.contradicts(*first, neighbours)
            };
            if said.iter().flatten().any(contradicts) {
                contradicted.insert(claim.identity);
            }
            said[claim.form as usize].get_or_insert((index, *claim));
        }
    }
    let mut result = Grouped::default();
    let mut claims = Vec::new();
    for Part { path, is_base, mut grouped, claims: own, .. } in parts {
        let split = !is_base && own.iter().any(|claim| contradicted.contains(&claim.identity));
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
pub(super) fn is_base(name: &str) -> bool {
    matches!(name, "base" | "bases" | "common" | "components" | "shared" | "defaults" | "templates")
}
