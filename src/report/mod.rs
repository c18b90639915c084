//! Reports: each format is a plain function over [`Report`].
//!
//! A format knows findings and texts, and nothing about rules or Kubernetes. Values from files
//! are data: each format escapes them for the place where they are printed. A format writes in
//! small pieces, so a caller hands it a buffered writer.

pub mod concise;
mod escape;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
mod lines;
pub mod markdown;
pub mod rdjson;
pub mod sanitize;
pub mod sarif;
mod snippet;
pub mod statistics;
mod summary;
#[cfg(test)]
mod testing;

pub use escape::{write as write_line, write_pretty};
pub use sanitize::clean as printable;
pub use summary::counted;

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Label, RuleInfo, Severity};
use crate::source::Sources;

/// All that a run found, sorted: what every format prints.
#[derive(Debug)]
pub struct Report<'a> {
    pub sources: &'a Sources,
    /// Findings to show; by path, position and rule.
    pub findings: Vec<Finding>,
    pub skipped: Vec<Skipped>,
    pub unreadable: Vec<Unreadable>,
    pub summary: Summary,
    /// The rules that ran.
    pub rules: &'a [RuleInfo],
}

impl Report<'_> {
    /// Inputs that could not be read, but for documents that a finding shows at the same place.
    pub fn unreadable_beside_findings(&self) -> Vec<&Unreadable> {
        let start = |finding: &Finding| {
            let span = finding.diagnostic.primary.span;
            let start = self.sources.start(span);
            (self.sources.get(span.file).path(), Some((start.line, start.column)))
        };
        // Only where both exist are all findings looked at.
        if self.unreadable.is_empty() {
            return Vec::new();
        }
        let shown: HashSet<(&str, Option<(usize, usize)>)> =
            self.findings.iter().map(start).collect();
        let beside = |input: &&Unreadable| !shown.contains(&(input.path.as_str(), input.position));
        self.unreadable.iter().filter(beside).collect()
    }
}

#[derive(Debug)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub category: String,
    /// The page of the rule.
    pub url: String,
    /// Named when there is more than one cluster.
    pub cluster: Option<String>,
    /// Stable while lines move: rule, object and field.
    pub fingerprint: String,
    /// Where each of [`Diagnostic::labels`] stands, in the same order.
    pub objects: Vec<ObjectPlace>,
}

impl Finding {
    /// Each label with its place in terms of the document, the primary one first.
    pub fn places(&self) -> impl Iterator<Item = (&Label, Option<&ObjectPlace>)> {
        self.diagnostic.labels().enumerate().map(|(index, label)| (label, self.objects.get(index)))
    }
}

/// A place in terms of the document rather than of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPlace {
    /// The index of the document in its file, from 0.
    pub document: usize,
    /// `Kind/namespace/name` as far as they exist.
    pub object: Option<String>,
    /// `spec.egress[0].ports[1].port`; after a `!` inside an embedded document.
    pub field: Option<String>,
}

/// A file or document that was not checked, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    pub path: String,
    /// A short word such as `helm-template`.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    pub path: String,
    pub message: String,
    /// Line and column, both from 1; absent when the file could not even be opened.
    pub position: Option<(usize, usize)>,
}

/// How much was looked at, and how many findings are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub files: usize,
    pub documents: usize,
    pub clusters: usize,
    /// Of the findings that are shown, as are the next two.
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
    /// By inline ignores, the configuration or a baseline.
    pub suppressed: usize,
    /// Those of them that a baseline holds back.
    pub baseline: usize,
    /// Findings that a baseline holds back and that are not there any more.
    pub outdated: usize,
    /// Those that would be shown and were there before the change that is asked about.
    pub existing: usize,
    /// Shown findings that have a fix.
    pub fixable: usize,
    /// Those of them that have a safe one.
    pub safely_fixable: usize,
    /// Findings that were there before this run fixed them.
    pub fixed: usize,
    /// Below `--min-severity`: (severity, count), counted but not among the findings.
    pub hidden: Vec<(Severity, usize)>,
}
