//! Which fixes can be applied at once: those that do not touch each other.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::source::{FileId, Sources, Span};

/// A fix, and the findings that it mends.
#[derive(Debug)]
pub struct Chosen<'f> {
    pub findings: Vec<&'f Diagnostic>,
    pub fix: &'f Fix,
    /// By place.
    pub edits: Vec<&'f Edit>,
}

impl Chosen<'_> {
    /// The files that it changes; one may come twice.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.edits.iter().map(|edit| edit.span.file)
    }
}

/// The first fix of each finding that is safe enough. Of fixes that touch each other, the one of
/// the finding that comes first counts, by place and then by rule; a fix is taken whole or not at
/// all. What several findings ask for alike is taken once.
pub fn choose<'f>(
    findings: impl Iterator<Item = &'f Diagnostic>,
    sources: &Sources,
    allowed: Safety,
    is_frozen: impl Fn(FileId) -> bool,
) -> Vec<Chosen<'f>> {
    let allowed_fix = |finding: &'f Diagnostic| {
        let fix = finding.fixes.iter().find(|fix| fix.safety <= allowed)?;
        Some((finding, fix))
    };
    let mut wanted: Vec<(&Diagnostic, &Fix)> = findings.filter_map(allowed_fix).collect();
    wanted.sort_by(|(one, one_fix), (other, other_fix)| {
        let key = |finding: &'f Diagnostic| (finding.primary.span, &finding.rule, &finding.message);
        (key(one), one_fix).cmp(&(key(other), other_fix))
    });
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    let mut known: FxHashMap<&[Edit], usize> = FxHashMap::default();
    let mut seen: FxHashSet<(&Diagnostic, &[Edit])> = FxHashSet::default();
    let mut taken = Taken::default();
    for (finding, fix) in wanted {
        if !seen.insert((finding, &fix.edits)) {
            continue;
        }
        if let Some(index) = known.get(fix.edits.as_slice()) {
            chosen[*index].findings.push(finding);
            continue;
        }
        let mut edits: Vec<&Edit> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| edit.span);
        let is_sound = |edit: &&Edit| {
            !is_frozen(edit.span.file)
                && sources.get(edit.span.file).text().get(edit.span.range()).is_some()
        };
        let apart = edits.windows(2).all(|pair| !overlap(pair[0].span, pair[1].span));
        if edits.is_empty() || !apart || !edits.iter().all(is_sound) || taken.touches(&edits) {
            continue;
        }
        taken.add(&edits);
        known.insert(&fix.edits, chosen.len());
        chosen.push(Chosen { findings: vec![finding], fix, edits });
    }
    chosen
}

fn overlap(one: Span, other: Span) -> bool {
    one.file == other.file && one.end > other.start
}

/// The places that are changed: for each file, the starts with the ends.
#[derive(Default)]
struct Taken(FxHashMap<FileId, BTreeMap<u32, u32>>);

impl Taken {
    /// Whether an edit meets another one, be it only at its end: which of two texts comes first
    /// at one place is for the next round to say.
    fn touches(&self, edits: &[&Edit]) -> bool {
        edits.iter().any(|edit| {
            let before = self.0.get(&edit.span.file).map(|places| places.range(..=edit.span.end));
            before
                .is_some_and(|before| before.last().is_some_and(|(_, end)| *end >= edit.span.start))
        })
    }

    fn add(&mut self, edits: &[&Edit]) {
        for edit in edits {
            let places = self.0.entry(edit.span.file).or_default();
            let end = places.entry(edit.span.start).or_insert(edit.span.end);
            *end = edit.span.end.max(*end);
        }
    }
}
