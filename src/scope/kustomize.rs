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
}

/// Places each resource, given with its path.
pub fn place(resources: &[(&str, &Resource)]) -> Vec<Placement> {
    let mut folders: FxHashMap<&str, &Kustomization> = FxHashMap::default();
    let mut patches: Vec<String> = Vec::new();
    for (path, resource) in resources {
        let Body::Kustomization(kustomization) = &resource.body else { continue };
        let folder = super::folder(path);
        folders.insert(folder, kustomization);
        patches.extend(kustomization.patch_files().map(|file| resolve(folder, file)));
    }
    patches.sort_unstable();
    resources
        .iter()
        .map(|(path, resource)| {
            if patches.binary_search_by(|patch| patch.as_str().cmp(path)).is_ok() {
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
fn resolve(folder: &str, file: &str) -> String {
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
