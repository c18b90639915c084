//! From an analysis to a report: what is shown, where it lies in its document, and the counts.

use std::hash::Hasher;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Analysis, Found, Unread};
use crate::diagnostic::{RuleInfo, Safety, Severity};
use crate::discover::Content;
use crate::ingest::{self, FileContents, Outcome, ProblemKind};
use crate::report::{Finding, ObjectPlace, Report, Skipped, Summary, Unreadable};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ProblemKind as SyntaxProblem;

/// What is shown, and how much of it has to be known.
pub struct View<'v> {
    pub min_severity: Severity,
    /// Whether objects and fields are needed; finding them parses documents again.
    pub places: bool,
    /// The rules that ran.
    pub rules: &'v [RuleInfo],
}

/// What did not get as far as a file of the analysis.
#[derive(Default)]
pub struct Beside {
    pub skipped: Vec<Skipped>,
    pub unreadable: Vec<Unreadable>,
    pub suppressed: usize,
    /// The severities of findings that were there before a change.
    pub existing: Vec<Severity>,
    /// How many findings a baseline holds back.
    pub baseline: usize,
}

/// Makes the report of an analysis, sorted.
pub fn report<'a>(
    analysis: &'a Analysis,
    kept: Vec<Found>,
    beside: Beside,
    view: &View<'a>,
) -> Report<'a> {
    let sources = &analysis.sources;
    let mut skipped = beside.skipped;
    let mut unreadable = beside.unreadable;
    account(analysis, &mut skipped, &mut unreadable);
    let mut summary = Summary {
        files: analysis.read,
        documents: analysis.files.iter().map(|file| file.documents.len()).sum(),
        clusters: analysis.clusters.len(),
        existing: beside.existing.iter().filter(|found| **found >= view.min_severity).count(),
        suppressed: beside.suppressed + beside.baseline,
        baseline: beside.baseline,
        ..Summary::default()
    };
    let (mut shown, hidden): (Vec<Found>, Vec<Found>) =
        kept.into_iter().partition(|found| found.diagnostic.severity >= view.min_severity);
    let count = |found: &[Found], severity| {
        found.iter().filter(|found| found.diagnostic.severity == severity).count()
    };
    summary.errors = count(&shown, Severity::Error);
    summary.warnings = count(&shown, Severity::Warning);
    summary.infos = count(&shown, Severity::Info);
    let fixes = |found: &Found| found.diagnostic.fixes.iter().map(|fix| fix.safety).min();
    summary.fixable = shown.iter().filter(|found| fixes(found).is_some()).count();
    let is_safe = |found: &&Found| fixes(found) == Some(Safety::Safe);
    summary.safely_fixable = shown.iter().filter(is_safe).count();
    summary.hidden = Severity::ALL
        .into_iter()
        .map(|severity| (severity, count(&hidden, severity)))
        .filter(|(_, count)| *count > 0)
        .collect();
    shown.par_sort_by(|a, b| key(sources, a).cmp(&key(sources, b)));
    let places = match view.places {
        true => {
            let labels = shown.iter().flat_map(|found| found.diagnostic.labels());
            places(analysis, labels.map(|label| label.span))
        }
        false => FxHashMap::default(),
    };
    let infos: FxHashMap<&str, &RuleInfo> =
        view.rules.iter().map(|info| (info.id.as_str(), info)).collect();
    let several = analysis.clusters.len() > 1;
    let findings = shown.into_iter().map(|found| {
        let info = infos.get(found.diagnostic.rule.as_str());
        let place = |span| places.get(&span).cloned().unwrap_or_default();
        let objects: Vec<ObjectPlace> = match view.places {
            true => found.diagnostic.labels().map(|label| place(label.span)).collect(),
            false => Vec::new(),
        };
        Finding {
            category: info.map(|info| info.category.clone()).unwrap_or_default(),
            url: info.map(|info| info.url.clone()).unwrap_or_default(),
            cluster: found.cluster.clone().filter(|_| several),
            fingerprint: fingerprint(sources, &found, objects.first()),
            objects,
            diagnostic: found.diagnostic,
        }
    });
    let findings = findings.collect();
    skipped.sort();
    skipped.dedup();
    unreadable.sort();
    unreadable.dedup();
    Report { sources, findings, skipped, unreadable, summary, rules: view.rules }
}

/// By path and place; then by what is said.
fn key<'f>(sources: &'f Sources, found: &'f Found) -> impl Ord + use<'f> {
    let diagnostic = &found.diagnostic;
    let span = diagnostic.primary.span;
    let path = sources.get(span.file).path();
    (path, span, &diagnostic.rule, &diagnostic.message, &diagnostic.related, &found.cluster)
}

/// Every file is checked, skipped or unreadable.
fn account(analysis: &Analysis, skipped: &mut Vec<Skipped>, unreadable: &mut Vec<Unreadable>) {
    for Unread { path, content } in &analysis.unread {
        let path = path.clone();
        match content {
            Content::Text(_) => {}
            Content::Skipped(reason) => {
                skipped.push(Skipped { path, reason: (*reason).to_owned() });
            }
            Content::Unreadable { message, position, before } => {
                let position = position.map(|_| last_position(before));
                unreadable.push(Unreadable { path, message: message.clone(), position });
            }
        }
    }
    for ((_, source), file) in analysis.sources.iter().zip(&analysis.files) {
        for document in &file.documents {
            if let Outcome::Skipped(reason) = document.outcome
                && reason != "empty"
            {
                let path = source.path().to_owned();
                skipped.push(Skipped { path, reason: reason.to_owned() });
            }
        }
    }
    for problem in &analysis.problems {
        let ProblemKind::Syntax(SyntaxProblem::Broken { message }) = &problem.kind else {
            continue;
        };
        let start = analysis.sources.start(problem.span);
        unreadable.push(Unreadable {
            path: analysis.sources.get(problem.span.file).path().to_owned(),
            message: message.clone(),
            position: Some((start.line, start.column)),
        });
    }
}

impl Analysis {
    /// Whether some input could not even be turned into text.
    pub fn has_unreadable_input(&self) -> bool {
        let unreadable = |unread: &Unread| matches!(unread.content, Content::Unreadable { .. });
        self.unread.iter().any(unreadable)
    }
}

/// Line and column behind a text.
fn last_position(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count() + 1)
}

/// Where places lie in their documents. Each document is parsed once.
pub(super) fn places(
    analysis: &Analysis,
    spans: impl Iterator<Item = Span>,
) -> FxHashMap<Span, ObjectPlace> {
    let mut wanted: FxHashMap<(FileId, usize), Vec<Span>> = FxHashMap::default();
    for span in spans {
        let Some(file) = analysis.files.get(span.file.index() as usize) else { continue };
        let index = document_of(file, span);
        wanted.entry((span.file, index)).or_default().push(span);
    }
    let located: Vec<Vec<(Span, ObjectPlace)>> = wanted
        .into_par_iter()
        .map(|((file, index), mut spans)| {
            spans.sort_unstable();
            spans.dedup();
            let source = analysis.sources.get(file);
            let text = source.text();
            let document = analysis.files[file.index() as usize].documents.get(index);
            let range: Range<usize> =
                document.map_or(0..text.len(), |document| document.span.range());
            let locations = ingest::locate((file, source.path(), text), range, &spans);
            let number = document.map_or(0, |document| document.index);
            let place = |location: ingest::Location| ObjectPlace {
                document: number,
                object: location.object,
                field: location.field,
            };
            spans.into_iter().zip(locations.into_iter().map(place)).collect()
        })
        .collect();
    located.into_iter().flatten().collect()
}

/// The position, among a file's documents, of the one that holds a span.
fn document_of(file: &FileContents, span: Span) -> usize {
    let holds =
        |document: &ingest::DocumentInfo| document.span.range().contains(&span.range().start);
    // Documents are in the order of the text, so it is one of the last that start before the span.
    let before = file.documents.partition_point(|document| document.span.start <= span.start);
    file.documents[..before].iter().rposition(holds).unwrap_or_default()
}

/// Rule, cluster, object and field, so that it survives edits elsewhere; the path only where the
/// place has no name of its own.
fn fingerprint(sources: &Sources, found: &Found, place: Option<&ObjectPlace>) -> String {
    let mut hash = Fnv::default();
    let mut part = |text: &str| {
        hash.write(text.as_bytes());
        hash.write(&[0]);
    };
    part(found.diagnostic.rule.as_str());
    part(found.cluster.as_deref().unwrap_or_default());
    let object = place.and_then(|place| place.object.as_deref());
    match object {
        Some(object) => part(object),
        None => part(sources.get(found.diagnostic.primary.span.file).path()),
    }
    part(place.and_then(|place| place.field.as_deref()).unwrap_or_default());
    format!("{:016x}", hash.finish())
}

/// FNV-1a, 64 bits: the same on every machine and in every release
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
