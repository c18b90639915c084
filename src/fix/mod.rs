//! From what mends a finding to texts: how it is written, which fixes go together, and what the
//! files are once they are applied.
//!
//! Nothing here reads or writes a file, and nothing decides which findings are to be fixed: the
//! caller hands over findings, and gets texts.

mod choose;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::{Diagnostic, RuleId, Safety};
use crate::ingest::{self, ProblemKind};
use crate::source::{FileId, SourceFile, Sources};
use choose::Chosen;
pub use write::write_fixes;

/// Texts that take the place of those of a run.
pub type Texts = BTreeMap<FileId, String>;

/// How often files are checked and fixed in turn. A fix can make room for another one, and no
/// chain of them is this long.
pub const ROUNDS: usize = 10;

/// Fixes findings round by round: after each, the caller checks the files anew.
#[derive(Debug)]
pub struct Fixer {
    /// The least safe fix that is applied.
    allowed: Safety,
    /// Files that stay as they are.
    frozen: FxHashSet<FileId>,
    /// How often a finding should still be there.
    expected: FxHashMap<Key, usize>,
    /// Fixes that have not helped.
    blocked: FxHashSet<Key>,
    /// How many findings were fixed.
    pub fixed: usize,
    pub refused: BTreeSet<Refused>,
}

/// A fix that is not applied, because a file could not be read after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub path: String,
    pub rule: RuleId,
    pub title: String,
}

/// What a finding is known by from one round to the next: its place moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    path: String,
    rule: RuleId,
    message: String,
}

impl Key {
    fn of(sources: &Sources, diagnostic: &Diagnostic) -> Key {
        Key {
            path: sources.get(diagnostic.primary.span.file).path().to_owned(),
            rule: diagnostic.rule.clone(),
            message: diagnostic.message.clone(),
        }
    }
}

impl Fixer {
    pub fn new(allowed: Safety, frozen: impl IntoIterator<Item = FileId>) -> Fixer {
        Fixer {
            allowed,
            frozen: frozen.into_iter().collect(),
            expected: FxHashMap::default(),
            blocked: FxHashSet::default(),
            fixed: 0,
            refused: BTreeSet::new(),
        }
    }

    /// The files that change when as many findings as possible are fixed at once; none when there
    /// is nothing to fix.
    pub fn round<'f>(
        &mut self,
        sources: &Sources,
        findings: impl Iterator<Item = &'f Diagnostic>,
    ) -> Texts {
        let findings: Vec<&Diagnostic> = findings.collect();
        let mut counts: FxHashMap<Key, usize> = FxHashMap::default();
        for finding in &findings {
            *counts.entry(Key::of(sources, finding)).or_default() += 1;
        }
        // What is found as often as before its fix would be fixed for ever.
        for (key, expected) in self.expected.drain() {
            if counts.get(&key).is_some_and(|count| *count > expected) {
                self.blocked.insert(key);
            }
        }
        let free = |finding: &&&Diagnostic| !self.blocked.contains(&Key::of(sources, finding));
        let chosen =
            choose::choose(findings.iter().filter(free).copied(), sources, self.allowed, |file| {
                self.frozen.contains(&file)
            });
        let (texts, chosen) = self.write(sources, chosen);
        for one in &chosen {
            self.fixed += one.findings.len();
            for finding in &one.findings {
                let key = Key::of(sources, finding);
                let count = counts.get(&key).copied().unwrap_or_default();
                let expected = self.expected.entry(key).or_insert(count);
                *expected = expected.saturating_sub(1);
            }
        }
        texts
    }

    /// Applies fixes, without those that break a file.
    fn write<'f>(
        &mut self,
        sources: &Sources,
        chosen: Vec<Chosen<'f>>,
    ) -> (Texts, Vec<Chosen<'f>>) {
        let all: Vec<&Chosen<'_>> = chosen.iter().collect();
        let mut texts = apply(sources, &all);
        let broken = broken(sources, &texts);
        if broken.is_empty() {
            return (texts, chosen);
        }
        // Which of them it is shows when they are applied one after the other.
        let (suspects, mut kept): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|one| one.files().any(|file| broken.contains(&file)));
        for suspect in suspects {
            let with: Vec<&Chosen<'_>> = kept.iter().chain([&suspect]).collect();
            let mut own = apply(sources, &with);
            own.retain(|file, _| suspect.files().any(|changed| changed == *file));
            if self::broken(sources, &own).is_empty() {
                kept.push(suspect);
                continue;
            }
            for finding in &suspect.findings {
                let path = sources.get(finding.primary.span.file).path().to_owned();
                let title = suspect.fix.title.clone();
                self.refused.insert(Refused { path, rule: finding.rule.clone(), title });
                self.blocked.insert(Key::of(sources, finding));
            }
        }
        let kept_refs: Vec<&Chosen<'_>> = kept.iter().collect();
        texts = apply(sources, &kept_refs);
        (texts, kept)
    }
}

fn apply(sources: &Sources, chosen: &[&Chosen<'_>]) -> Texts {
    let mut edits: FxHashMap<FileId, Vec<_>> = FxHashMap::default();
    for edit in chosen.iter().flat_map(|one| &one.edits) {
        edits.entry(edit.span.file).or_default().push(*edit);
    }
    let texts = edits.into_iter().map(|(file, mut edits)| {
        // Stable: what one fix inserts at one place stays in its order.
        edits.sort_by_key(|edit| edit.span);
        (file, text::apply(sources.get(file).text(), &edits))
    });
    texts.filter(|(file, text)| sources.get(*file).text() != text).collect()
}

/// The files that are worse to read than before.
fn broken(sources: &Sources, texts: &Texts) -> Vec<FileId> {
    let worse = |(file, text): (&FileId, &String)| {
        let source: &SourceFile = sources.get(*file);
        let before = faults(*file, source.path(), source.text());
        (faults(*file, source.path(), text) > before).then_some(*file)
    };
    texts.iter().filter_map(worse).collect()
}

/// How many mistakes there are in a text as YAML, JSON or another notation.
fn faults(file: FileId, path: &str, text: &str) -> usize {
    let problems = ingest::ingest(file, path, text).problems;
    problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::Syntax(_))).count()
}
