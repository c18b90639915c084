//! Which namespace an object without one gets, and which files are patches and no objects.

use rustc_hash::FxHashMap;

use crate::ingest::{Body, Kustomization, Resource};

/// What a kustomization does to a resource that lies in its folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Nothing: the resource has the namespace that it says.
    #[default]
    AsWritten,
    /// It gets this one. A name that starts with `?` stands for one that is decided elsewhere,
    /// but is the same for all objects of a kustomization.
    Namespace(String),
    /// It changes another object and is none itself.
    Patch,
    /// Its values are those that a chart has by itself, and say nothing of a cluster.
    ChartDefaults,
}

/// The paths of files that a kustomization names as patches, sorted.
pub fn patch_files(resources: &[(&str, &Resource)]) -> Vec<String> {
    let mut patches: Vec<String> = Vec::new();
    for (folder, kustomization) in kustomizations(resources) {
        patches.extend(kustomization.patch_files().map(|file| resolve(folder, file)));
    }
    patches.sort_unstable();
    patches
}

/// Each kustomization with its folder.
fn kustomizations<'a>(
    resources: &[(&'a str, &'a Resource)],
) -> impl Iterator<Item = (&'a str, &'a Kustomization)> {
    resources.iter().filter_map(|(path, resource)| match &resource.body {
        Body::Kustomization(kustomization) => Some((super::folder(path), &**kustomization)),
        _ => None,
    })
}

/// Places each resource, given with its path; `patches` are the [`patch_files`].
pub fn place(resources: &[(&str, &Resource)], patches: &[String]) -> Vec<Placement> {
    let folders: FxHashMap<&str, &Kustomization> = kustomizations(resources).collect();
    resources
        .iter()
        .zip(super::charts::are_defaults(resources))
        .map(|((path, resource), is_default)| {
            if is_default {
                return Placement::ChartDefaults;
            }
            let is_named = patches.binary_search_by(|patch| patch.as_str().cmp(path)).is_ok();
            // The kustomization that names them may be a template, or lie elsewhere.
            if is_named || super::folder(path).split('/').any(|folder| folder == "patches") {
                return Placement::Patch;
            }
            if !resource.namespace().is_empty() {
                return Placement::AsWritten;
            }
            namespace_of(super::folder(path), &folders)
        })
        .collect()
}

/// The namespace that the nearest kustomization above a folder gives; an outer one that sets a
/// namespace decides where the nearest is silent.
fn namespace_of(folder: &str, folders: &FxHashMap<&str, &Kustomization>) -> Placement {
    let mut nearest = None;
    let mut at = Some(folder);
    while let Some(folder) = at {
        if let Some(kustomization) = folders.get(folder) {
            if let Some(namespace) = kustomization.namespace.value() {
                return Placement::Namespace(namespace.clone());
            }
            nearest = nearest.or(Some(folder));
        }
        at = match folder {
            "" => None,
            _ => Some(super::folder(folder)),
        };
    }
    nearest.map_or(Placement::AsWritten, |folder| Placement::Namespace(format!("?{folder}")))
}

/// A path that a file of a folder names, without `.` and `..`.
pub fn resolve(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}
