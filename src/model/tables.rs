//! What is known about versions, from `tables/versions.yaml`: which exist, which go together, and
//! what came and went with them.
//!
//! The tables say nothing about versions that are newer than they are, and rows that nobody has
//! confirmed are left out here, so that no rule can use them.

mod rows;

use std::sync::OnceLock;

use super::version::{KubernetesVersion, Release};
use crate::config::Date;
use crate::source::FileId;
use crate::syntax::decode::decode;
use crate::syntax::{self, Text};
use rows::MinorRow;
pub use rows::{
    Evidence, Feature, KubeadmApi, Life, Minor, RemovedApi, RetiredRegistry, Skew, Support,
    Unmaintained,
};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Where the rows come from; each row has its own copy.
    #[cfg(test)]
    evidence: Vec<Evidence>,
    minors: Vec<MinorRow>,
    skew: Vec<Skew>,
    kubeadm_apis: Vec<KubeadmApi>,
    features: Vec<Feature>,
    removed_apis: Vec<RemovedApi>,
    pub retired_registries: Vec<RetiredRegistry>,
    unmaintained: Vec<Unmaintained>,
    support: Vec<Support>,
    lives: Vec<Life>,
}

/// The names of the tables, as pages of rules refer to them.
pub const NAMES: [&str; 9] = [
    "minors",
    "skew",
    "kubeadm_apis",
    "features",
    "removed_apis",
    "retired_registries",
    "unmaintained",
    "support",
    "lives",
];

impl Tables {
    /// The minor releases, ascending and without gaps.
    pub fn minors(&self) -> impl DoubleEndedIterator<Item = Minor> {
        self.minors.iter().filter_map(MinorRow::complete)
    }

    /// The minor release of a version; `None` for those that are newer or older than the table.
    pub fn minor(&self, version: KubernetesVersion) -> Option<Minor> {
        self.minors().find(|minor| minor.version.minor_version() == version.minor_version())
    }

    /// The minor releases that get patches on a day, the newest first.
    pub fn supported(&self, today: Date) -> Vec<Minor> {
        let supported = |minor: &Minor| minor.released <= today && today <= minor.end_of_life;
        self.minors().rev().filter(supported).collect()
    }

    /// How far two components may be apart, by their names.
    pub fn skew(&self, component: &str, against: &str) -> Option<&Skew> {
        self.skew.iter().find(|row| row.component == component && row.against == against)
    }

    pub fn kubeadm_api(&self, api: &str) -> Option<&KubeadmApi> {
        self.kubeadm_apis.iter().find(|row| row.api == api)
    }

    /// The newest version of the configuration that kubeadm of a Kubernetes version reads.
    pub fn newest_kubeadm_api(&self, version: KubernetesVersion) -> Option<&KubeadmApi> {
        let reads = |row: &&KubeadmApi| {
            row.introduced.is_some_and(|first| first.minor_version() <= version.minor_version())
        };
        self.kubeadm_apis.iter().rfind(reads)
    }

    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().find(|row| row.feature == name)
    }

    pub fn removed_api(&self, api_version: &str, kind: &str) -> Option<&RemovedApi> {
        let is_kind = |row: &&RemovedApi| row.kinds.iter().any(|other| other == kind);
        self.removed_apis.iter().find(|row| row.api == api_version && is_kind(row))
    }

    /// What became of a component that nobody maintains any more.
    pub fn unmaintained(&self, software: &str) -> Option<&str> {
        self.unmaintained.iter().find(|row| row.software == software).map(|row| row.what.as_str())
    }

    /// The versions of Kubernetes that a release of a component is made for.
    pub fn support(&self, software: &str, release: Release) -> Option<&Support> {
        self.support.iter().find(|row| row.software == software && same_line(row.line, release))
    }

    /// How long a release of a component gets patches.
    pub fn life(&self, software: &str, release: Release) -> Option<&Life> {
        self.lives.iter().find(|row| row.software == software && same_line(row.line, release))
    }

    /// The rows of a table as they are shown, with their evidence: all of `skew`, those of
    /// `features/kube-proxy` that begin so. Empty for no table.
    pub fn shown(&self, name: &str) -> Vec<(String, &Evidence)> {
        let (table, begin) = name.split_once('/').unwrap_or((name, ""));
        let mut rows = self.all_shown(table);
        rows.retain(|(text, _)| text.starts_with(begin));
        rows
    }

    fn all_shown(&self, table: &str) -> Vec<(String, &Evidence)> {
        match table {
            "minors" => self.minors.iter().map(|row| (row.text(), &row.evidence)).collect(),
            "skew" => self.skew.iter().map(|row| (row.text(), &row.evidence)).collect(),
            "kubeadm_apis" => {
                self.kubeadm_apis.iter().map(|row| (row.text(), &row.evidence)).collect()
            }
            "features" => self.features.iter().map(|row| (row.text(), &row.evidence)).collect(),
            "removed_apis" => {
                self.removed_apis.iter().map(|row| (row.text(), &row.evidence)).collect()
            }
            "retired_registries" => {
                self.retired_registries.iter().map(|row| (row.text(), &row.evidence)).collect()
            }
            "unmaintained" => {
                self.unmaintained.iter().map(|row| (row.text(), &row.evidence)).collect()
            }
            "support" => self.support.iter().map(|row| (row.text(), &row.evidence)).collect(),
            "lives" => self.lives.iter().map(|row| (row.text(), &row.evidence)).collect(),
            _ => Vec::new(),
        }
    }

    fn without_unverified(mut self) -> Tables {
        self.minors.retain(|row| row.evidence.is_believed());
        self.skew.retain(|row| row.evidence.is_believed());
        self.kubeadm_apis.retain(|row| row.evidence.is_believed());
        self.features.retain(|row| row.evidence.is_believed());
        self.removed_apis.retain(|row| row.evidence.is_believed());
        self.retired_registries.retain(|row| row.evidence.is_believed());
        self.unmaintained.retain(|row| row.evidence.is_believed());
        self.support.retain(|row| row.evidence.is_believed());
        self.lives.retain(|row| row.evidence.is_believed());
        self
    }
}

fn same_line(line: Release, release: Release) -> bool {
    (line.major, line.minor) == (release.major, release.minor)
}

const TEXT: &str = include_str!("tables/versions.yaml");

/// The tables, read once.
pub fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| read(TEXT).expect("internal error: tables that cannot be read"))
}

fn read(text: &str) -> Option<Tables> {
    let parsed = syntax::parse(Text::whole(FileId::new(0), text), false);
    let [document] = parsed.tree.documents() else { return None };
    let tables = decode::<Tables>(parsed.tree.root(document)).0?;
    Some(tables.without_unverified())
}

#[cfg(test)]
mod tests;
