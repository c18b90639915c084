//! `kustomization.yaml`: which files are patches, and the namespace that objects get.
//!
//! Nothing is rendered here: a kustomization is read for what it says about its neighbours.

use serde::Deserialize;

use super::List;
use super::kubernetes::Presence;
use crate::syntax::decode::Field;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Kustomization {
    pub namespace: Field<String>,
    pub resources: List<String>,
    pub images: List<ImageChange>,
    common_labels: Field<Presence>,
    labels: List<Presence>,
    patches: List<Patch>,
    patches_strategic_merge: List<String>,
    patches_json6902: List<Patch>,
}

/// Another name, tag or digest for the images of a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImageChange {
    pub name: Field<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Patch {
    path: Field<String>,
}

impl Kustomization {
    /// Whether its objects get labels that they do not show.
    pub fn adds_labels(&self) -> bool {
        !self.common_labels.is_absent() || !self.labels.items().is_empty()
    }

    /// Files with patches, as the kustomization names them.
    pub fn patch_files(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.patches, &self.patches_json6902];
        let items = lists.into_iter().flat_map(|list| list.items());
        let by_path = items.filter_map(Field::value).filter_map(|patch| patch.path.value());
        let merges = self.patches_strategic_merge.items().iter().filter_map(Field::value);
        by_path.chain(merges).map(String::as_str)
    }
}

/// Whether a file is one by its name, with or without `kind`.
pub fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}
