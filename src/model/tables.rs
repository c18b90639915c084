//! What is known about versions, from `tables/versions.yaml`: which exist, which go together, and
//! what came and went with them.
//!
//! The tables say nothing about versions that are newer than they are, and rows that nobody has
//! confirmed are left out here, so that no rule can use them.

use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, Error};

use super::version::{KubernetesVersion, Release};
use crate::config::Date;
use crate::source::FileId;
use crate::syntax::decode::decode;
use crate::syntax::{self, Text};

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
}

/// Why a row can be believed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// A URL.
    pub source: String,
    /// The row holds up to this day.
    #[serde(deserialize_with = "date")]
    pub as_of: Date,
    verified: Verified,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verified {
    Primary,
    Secondary,
    Unverified,
}

/// A minor release of Kubernetes.
#[derive(Clone, Copy, Debug)]
pub struct Minor {
    pub version: KubernetesVersion,
    pub released: Date,
    /// The last day with patches.
    pub end_of_life: Date,
    /// What kubeadm installs.
    pub coredns: Release,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct MinorRow {
    #[serde(deserialize_with = "minor")]
    minor: KubernetesVersion,
    #[serde(default, deserialize_with = "some_date")]
    released: Option<Date>,
    #[serde(default, deserialize_with = "some_date")]
    end_of_life: Option<Date>,
    #[serde(default, deserialize_with = "some_release")]
    coredns: Option<Release>,
    evidence: Evidence,
}

/// How far the minor version of a component may be from that of another one.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skew {
    pub component: String,
    pub against: String,
    /// How many versions newer it may be.
    pub newer: u32,
    /// How many versions older it may be …
    older: u32,
    /// … from this version of the component on …
    #[serde(default, deserialize_with = "some_minor")]
    older_since: Option<KubernetesVersion>,
    /// … and before it.
    #[serde(default)]
    older_before: Option<u32>,
    evidence: Evidence,
}

impl Skew {
    /// How many versions older than the other a component of this version may be.
    pub fn older(&self, version: KubernetesVersion) -> u32 {
        let early =
            self.older_since.is_some_and(|since| version.minor_version() < since.minor_version());
        self.older_before.filter(|_| early).unwrap_or(self.older)
    }

    /// The oldest version that a component may have beside one of the given version.
    pub fn oldest(&self, newest: KubernetesVersion) -> KubernetesVersion {
        let minor = |distance: u32| {
            let minor = newest.minor.saturating_sub(distance);
            KubernetesVersion { minor, ..newest }.without_patch()
        };
        let fits = |distance: &u32| *distance <= self.older(minor(*distance));
        minor((0..=self.older).rev().find(fits).unwrap_or_default())
    }
}

/// A version of kubeadm's configuration.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubeadmApi {
    /// `v1beta3`.
    pub api: String,
    /// The first Kubernetes version whose kubeadm reads it, as far as the table goes back.
    #[serde(default, deserialize_with = "some_minor")]
    pub introduced: Option<KubernetesVersion>,
    /// The first one whose kubeadm does not read it any more.
    #[serde(default, deserialize_with = "some_minor")]
    pub removed: Option<KubernetesVersion>,
    evidence: Evidence,
}

/// Something that Kubernetes can do from a version on, or up to one.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    feature: String,
    /// Off unless a feature gate is set.
    #[serde(default, deserialize_with = "some_minor")]
    pub alpha: Option<KubernetesVersion>,
    /// On unless a feature gate is set.
    #[serde(default, deserialize_with = "some_minor")]
    pub beta: Option<KubernetesVersion>,
    #[serde(default, deserialize_with = "some_minor")]
    pub stable: Option<KubernetesVersion>,
    #[serde(default, deserialize_with = "some_minor")]
    pub deprecated: Option<KubernetesVersion>,
    #[serde(default, deserialize_with = "some_minor")]
    pub removed: Option<KubernetesVersion>,
    evidence: Evidence,
}

/// An API version of some kinds that the API server stopped to serve.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedApi {
    api: String,
    kinds: Vec<String>,
    /// The first Kubernetes version without it.
    #[serde(deserialize_with = "minor")]
    pub removed: KubernetesVersion,
    /// The API version that took its place, if any did.
    #[serde(default)]
    pub instead: Option<String>,
    evidence: Evidence,
}

/// Where images used to be.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredRegistry {
    /// What stands before the `/` or `:` that follows.
    pub registry: String,
    /// Completes a sentence that starts with the registry.
    pub what: String,
    /// Has the same images under the same names.
    #[serde(default)]
    pub mirror: Option<String>,
    /// Has what came after them.
    #[serde(default)]
    pub instead: Option<String>,
    evidence: Evidence,
}

/// Software that nobody maintains any more.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unmaintained {
    /// The name of the component.
    software: String,
    /// Completes a sentence that starts with the name.
    what: String,
    evidence: Evidence,
}

impl Tables {
    /// The minor releases, ascending and without gaps.
    pub fn minors(&self) -> impl DoubleEndedIterator<Item = Minor> {
        self.minors.iter().filter_map(|row| {
            Some(Minor {
                version: row.minor,
                released: row.released?,
                end_of_life: row.end_of_life?,
                coredns: row.coredns?,
            })
        })
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

    fn without_unverified(mut self) -> Tables {
        let believed = |evidence: &Evidence| evidence.verified != Verified::Unverified;
        self.minors.retain(|row| believed(&row.evidence));
        self.skew.retain(|row| believed(&row.evidence));
        self.kubeadm_apis.retain(|row| believed(&row.evidence));
        self.features.retain(|row| believed(&row.evidence));
        self.removed_apis.retain(|row| believed(&row.evidence));
        self.retired_registries.retain(|row| believed(&row.evidence));
        self.unmaintained.retain(|row| believed(&row.evidence));
        self
    }
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

fn minor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KubernetesVersion, D::Error> {
    let text = String::deserialize(deserializer)?;
    let version = KubernetesVersion::parse(&text).filter(|version| version.patch.is_none());
    version.ok_or_else(|| D::Error::custom(format!("`{text}` is not a minor version")))
}

fn some_minor<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<KubernetesVersion>, D::Error> {
    minor(deserializer).map(Some)
}

fn some_release<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Release>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let release = Release::parse(&text);
    release.map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is not a release")))
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    Date::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a date")))
}

fn some_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
