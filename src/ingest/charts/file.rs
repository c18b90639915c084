//! `Chart.yaml`: what a chart is called, and which others it brings.

use serde::Deserialize;

use crate::ingest::List;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChartFile {
    pub name: Field<String>,
    pub version: Field<String>,
    pub dependencies: List<Dependency>,
}

/// A chart that another one brings. Its values stand under its alias, or else under its name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dependency {
    pub name: Field<String>,
    pub alias: Field<String>,
    /// A version, or a range of versions.
    pub version: Field<String>,
    pub repository: Field<String>,
}

impl ChartFile {
    /// The dependencies that can be read.
    pub fn brought(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.items().iter().filter_map(Field::value)
    }
}

impl Dependency {
    /// The key of its values.
    pub fn key(&self) -> Option<&str> {
        self.alias.value().or(self.name.value()).map(String::as_str)
    }
}

pub(super) fn is_chart_file(path: &str) -> bool {
    path.rsplit('/').next() == Some("Chart.yaml")
}

pub(super) fn read(node: Node<'_>) -> Option<ChartFile> {
    node.get("name")?;
    decode(node).0
}
