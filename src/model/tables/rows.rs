//! The rows of the tables: what each says, and why it can be believed.

use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, Error};

use crate::config::Date;
use crate::diagnostic::Severity;
use crate::model::version::{KubernetesVersion, Release};

/// Why a row can be believed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// A URL.
    pub source: String,
    /// The row holds up to this day.
    #[serde(deserialize_with = "date")]
    pub as_of: Date,
    pub(super) verified: Verified,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verified {
    Primary,
    Secondary,
    Unverified,
}

impl Evidence {
    pub(super) fn is_believed(&self) -> bool {
        self.verified != Verified::Unverified
    }

    /// What a finding weighs at the most when it rests on this.
    pub fn weight(&self) -> Severity {
        match self.verified {
            Verified::Primary => Severity::Warning,
            Verified::Secondary | Verified::Unverified => Severity::Info,
        }
    }
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
    pub etcd: Release,
    pub pause: Release,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MinorRow {
    #[serde(deserialize_with = "minor")]
    pub minor: KubernetesVersion,
    #[serde(default, deserialize_with = "some_date")]
    released: Option<Date>,
    #[serde(default, deserialize_with = "some_date")]
    end_of_life: Option<Date>,
    #[serde(default, deserialize_with = "some_release")]
    coredns: Option<Release>,
    #[serde(default, deserialize_with = "some_release")]
    etcd: Option<Release>,
    #[serde(default, deserialize_with = "some_release")]
    pause: Option<Release>,
    pub evidence: Evidence,
}

impl MinorRow {
    pub fn complete(&self) -> Option<Minor> {
        Some(Minor {
            version: self.minor,
            released: self.released?,
            end_of_life: self.end_of_life?,
            coredns: self.coredns?,
            etcd: self.etcd?,
            pause: self.pause?,
        })
    }

    pub fn text(&self) -> String {
        let Some(minor) = self.complete() else { return format!("Kubernetes {}", self.minor) };
        let Minor { version, released, end_of_life, coredns, etcd, pause } = minor;
        format!(
            "Kubernetes {version}: {released} to {end_of_life}; kubeadm installs CoreDNS {coredns}, etcd {etcd}, pause {pause}"
        )
    }
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
    pub(super) older: u32,
    /// … from this version of the component on …
    #[serde(default, deserialize_with = "some_minor")]
    pub(super) older_since: Option<KubernetesVersion>,
    /// … and before it.
    #[serde(default)]
    pub(super) older_before: Option<u32>,
    pub evidence: Evidence,
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

    pub(super) fn text(&self) -> String {
        let Skew { component, against, newer, older, .. } = self;
        let mut text = format!(
            "{component}: {newer} minor versions newer than {against} at the most, {older} older"
        );
        if let (Some(since), Some(before)) = (self.older_since, self.older_before) {
            let _ = write!(text, "; before {since}, {before} older");
        }
        text
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
    pub evidence: Evidence,
}

impl KubeadmApi {
    pub(super) fn text(&self) -> String {
        stages(&self.api, &[("introduced", self.introduced), ("removed", self.removed)])
    }
}

/// Something that Kubernetes can do from a version on, or up to one.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    pub(super) feature: String,
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
    pub evidence: Evidence,
}

impl Feature {
    pub(super) fn text(&self) -> String {
        stages(
            &self.feature,
            &[
                ("alpha", self.alpha),
                ("beta", self.beta),
                ("stable", self.stable),
                ("deprecated", self.deprecated),
                ("removed", self.removed),
            ],
        )
    }
}

/// `v1beta3: introduced 1.22, removed 1.37`.
fn stages(name: &str, stages: &[(&str, Option<KubernetesVersion>)]) -> String {
    let known = stages.iter().filter_map(|(word, at)| Some(format!("{word} {}", (*at)?)));
    format!("{name}: {}", known.collect::<Vec<_>>().join(", "))
}

/// An API version of some kinds that the API server stopped to serve.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedApi {
    pub(super) api: String,
    pub(super) kinds: Vec<String>,
    /// The first Kubernetes version without it.
    #[serde(deserialize_with = "minor")]
    pub removed: KubernetesVersion,
    /// The API version that took its place, if any did.
    #[serde(default)]
    pub instead: Option<String>,
    /// Whether objects are the same there but for their `apiVersion`.
    #[serde(default)]
    pub same_shape: bool,
    pub evidence: Evidence,
}

impl RemovedApi {
    pub(super) fn text(&self) -> String {
        let RemovedApi { api, kinds, removed, .. } = self;
        let instead = self.instead.as_ref().map(|instead| format!("; now {instead}"));
        let instead = instead.unwrap_or_default();
        format!("{api} of {}: removed in {removed}{instead}", kinds.join(", "))
    }
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
    pub evidence: Evidence,
}

impl RetiredRegistry {
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.registry, self.what)
    }
}

/// Software that nobody maintains any more.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unmaintained {
    /// The name of the component.
    pub(super) software: String,
    /// Completes a sentence that starts with the name.
    pub what: String,
    pub evidence: Evidence,
}

impl Unmaintained {
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.software, self.what)
    }
}

/// The minor versions of Kubernetes that a release line of some software is made for.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The name of the component.
    pub(super) software: String,
    /// A minor release of it, whichever patch.
    #[serde(deserialize_with = "line")]
    pub(super) line: Release,
    /// The oldest.
    #[serde(deserialize_with = "minor")]
    pub from: KubernetesVersion,
    /// The newest.
    #[serde(deserialize_with = "minor")]
    pub to: KubernetesVersion,
    /// What being newer than `to` weighs, where that is less than being older than `from`: the
    /// project does not say that it fails.
    #[serde(default)]
    pub newer_is_advice: bool,
    pub evidence: Evidence,
}

impl Support {
    pub(super) fn text(&self) -> String {
        let Support { software, line, from, to, .. } = self;
        format!("{software} {}.{}: Kubernetes {from} to {to}", line.major, line.minor)
    }
}

/// The last day with patches of a release line of some software.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// The name of the component.
    pub(super) software: String,
    #[serde(deserialize_with = "line")]
    pub(super) line: Release,
    #[serde(deserialize_with = "date")]
    pub end_of_life: Date,
    pub evidence: Evidence,
}

impl Life {
    pub(super) fn text(&self) -> String {
        let Life { software, line, end_of_life, .. } = self;
        format!("{software} {}.{}: patches until {end_of_life}", line.major, line.minor)
    }
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

/// A minor release of any software: two numbers.
fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Release, D::Error> {
    let text = String::deserialize(deserializer)?;
    let release = Release::parse(&text).filter(|_| text.split('.').count() == 2);
    release.ok_or_else(|| D::Error::custom(format!("`{text}` is not a minor release")))
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
