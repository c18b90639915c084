//! `kustomization.yaml`: which files are patches, what patches change, and the namespace that
//! objects get.
//!
//! Nothing is rendered here: a kustomization is read for what it says about its neighbours.

use serde::Deserialize;

use super::List;
use super::kubernetes::Presence;
use crate::syntax::decode::{Field, decode};
use crate::syntax::{self, Node};

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
    /// What patches are for that name it, or are written in the kustomization itself.
    #[serde(skip)]
    pub targets: Vec<PatchTarget>,
}

/// What a patch changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchTarget {
    Object {
        kind: String,
        name: String,
    },
    /// Objects of a kind, by a pattern or by labels.
    Kind(String),
    Anything,
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
    target: Field<Target>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    kind: Field<String>,
    name: Field<String>,
}

/// Reads a kustomization; `None` for what is not a map.
pub(super) fn read(node: Node<'_>) -> Option<Kustomization> {
    let mut kustomization = decode::<Kustomization>(node).0?;
    let lists = [&kustomization.patches, &kustomization.patches_json6902];
    let items = lists.into_iter().flat_map(|list| list.items()).filter_map(Field::value);
    let mut targets: Vec<PatchTarget> = items
        .filter_map(|patch| match &patch.target {
            Field::Absent => None,
            Field::Known(target) => Some(PatchTarget::of(&target.value)),
            Field::Unknown(_) => Some(PatchTarget::Anything),
        })
        .collect();
    let patches = node.get("patches").into_iter().flat_map(Node::items);
    let inline = patches.filter(|patch| patch.get("target").is_none());
    let inline = inline.filter_map(|patch| patch.get("patch"));
    let merges = node.get("patchesStrategicMerge").into_iter().flat_map(Node::items);
    let merges = merges.filter(|merge| merge.str().is_some_and(|text| text.contains('\n')));
    for text in inline.chain(merges).filter_map(Node::inner_text) {
        let parsed = syntax::parse(text, false);
        for document in parsed.tree.documents() {
            let root = parsed.tree.root(document);
            let name = root.at(&["metadata", "name"]).and_then(Node::str);
            let kind = root.get("kind").and_then(Node::str);
            targets.push(PatchTarget::named(kind, name));
        }
    }
    kustomization.targets = targets;
    Some(kustomization)
}

impl PatchTarget {
    fn of(target: &Target) -> PatchTarget {
        let plain = |field: &Field<String>| {
            let text = field.value()?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            (!text.is_empty() && text.chars().all(is_plain)).then(|| text.clone())
        };
        let (kind, name) = (plain(&target.kind), plain(&target.name));
        PatchTarget::named(kind.as_deref(), name.as_deref())
    }

    fn named(kind: Option<&str>, name: Option<&str>) -> PatchTarget {
        match (kind, name) {
            (Some(kind), Some(name)) => {
                PatchTarget::Object { kind: kind.to_owned(), name: name.to_owned() }
            }
            (Some(kind), None) => PatchTarget::Kind(kind.to_owned()),
            (None, _) => PatchTarget::Anything,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, ingest};
    use crate::source::FileId;

    #[test]
    fn patches_tell_what_they_are_for() {
        let text = "\
patches:
- path: a.yaml
  target: {kind: Service, name: web}
- patch: |-
    - op: replace
      path: /spec/type
      value: NodePort
  target: {kind: Service, name: 'api-.*'}
- patch: |-
    kind: Deployment
    metadata: {name: web}
- path: b.yaml
patchesStrategicMerge:
- c.yaml
- |-
  kind: Service
  metadata: {name: db}
";
        let contents = ingest(FileId::new(0), "kustomization.yaml", text);
        let Body::Kustomization(kustomization) = &contents.resources[0].body else { panic!() };
        let object = |kind: &str, name: &str| PatchTarget::Object {
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let expected = [
            object("Service", "web"),
            PatchTarget::Kind("Service".to_owned()),
            object("Deployment", "web"),
            object("Service", "db"),
        ];
        assert_eq!(kustomization.targets, expected);
    }
}
