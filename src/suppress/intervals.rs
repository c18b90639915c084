//! Ignores that cover a part of a file.
//!
//! Findings and ignores are held against each other as sets of byte ranges, one pair of sets for
//! each name and file: a finding is suppressed when it touches the union of what the ignores
//! cover, and an ignore is used when it touches the union of the findings. So nothing is compared
//! pair by pair, however many ignores lie over each other.

use rustc_hash::FxHashMap;

use super::{Finding, Ignore, Input, Turn, report};
use crate::diagnostic::{Diagnostic, Place};
use crate::source::{FileId, Span};

pub struct Intervals {
    ignores: Vec<Ignore>,
    entries: Vec<Entry>,
    /// By the id of a rule or by category, and by file.
    groups: FxHashMap<String, FxHashMap<FileId, Group>>,
}

/// One name of an ignore that is in force.
struct Entry {
    ignore: usize,
    /// Among the names of the ignore.
    name: usize,
    id: String,
    used: bool,
}

#[derive(Default)]
struct Group {
    entries: Vec<usize>,
    covered: Ranges,
    /// The findings of one pass.
    seen: Vec<(u32, u32)>,
}

impl Intervals {
    pub fn new(ignores: Vec<Ignore>, input: &Input<'_>) -> Intervals {
        let mut entries = Vec::new();
        let mut groups: FxHashMap<String, FxHashMap<FileId, Group>> = FxHashMap::default();
        for (ignore, of) in ignores.iter().enumerate() {
            if input.has_ended(of.until.as_ref()) {
                continue;
            }
            for (name, written) in of.names.iter().enumerate() {
                let Some(id) = input.known.resolve(written) else { continue };
                let files = groups.entry(id.to_owned()).or_default();
                files.entry(of.covers.file).or_default().entries.push(entries.len());
                entries.push(Entry { ignore, name, id: id.to_owned(), used: false });
            }
        }
        for group in groups.values_mut().flat_map(FxHashMap::values_mut) {
            let covers = |entry: &usize| extent(ignores[entries[*entry].ignore].covers);
            group.covered = Ranges::new(group.entries.iter().map(covers).collect());
        }
        Intervals { ignores, entries, groups }
    }

    /// Marks what is suppressed, and remembers which ignores that took.
    pub fn apply(&mut self, findings: &[Finding<'_>], input: &Input<'_>, suppressed: &mut [bool]) {
        for (finding, suppressed) in findings.iter().zip(suppressed) {
            let span = finding.diagnostic.primary.span;
            for name in input.names(finding) {
                let files = self.groups.get_mut(name);
                if let Some(group) = files.and_then(|files| files.get_mut(&span.file)) {
                    group.seen.push(extent(span));
                    *suppressed |= group.covered.touch(extent(span));
                }
            }
        }
        for group in self.groups.values_mut().flat_map(FxHashMap::values_mut) {
            let seen = Ranges::new(std::mem::take(&mut group.seen));
            for entry in &group.entries {
                let entry = &mut self.entries[*entry];
                entry.used |= seen.touch(extent(self.ignores[entry.ignore].covers));
            }
        }
    }

    /// What is wrong with the ignores.
    pub fn reports(&self, input: &Input<'_>, turn: Turn) -> Vec<Diagnostic> {
        let unchecked = by_file(&input.unchecked);
        let judged = |ignore: &Ignore| {
            let file = ignore.covers.file;
            !unchecked.get(&file).is_some_and(|spans| spans.touch(extent(ignore.covers)))
        };
        let mut reports = Vec::new();
        if turn == Turn::First {
            for ignore in self.ignores.iter().filter(|ignore| judged(ignore)) {
                name_reports(ignore, input, &mut reports);
            }
        }
        for entry in self.entries.iter().filter(|entry| !entry.used) {
            let ignore = &self.ignores[entry.ignore];
            if input.judges(&entry.id, turn) && judged(ignore) {
                let name = &ignore.names[entry.name];
                reports.push(report::unused(name.place(), name, ignore.reach));
            }
        }
        reports
    }
}

/// What is wrong with an ignore whatever the findings are.
fn name_reports(ignore: &Ignore, input: &Input<'_>, reports: &mut Vec<Diagnostic>) {
    let mut ran = Vec::new();
    for name in &ignore.names {
        match input.known.resolve(name) {
            Some(id) if input.all_ran(id) => ran.push(name.as_str()),
            Some(_) => {}
            None => {
                // Each suggestion looks at all rules; past a hundred reports nobody reads them.
                let meant = (reports.len() < 100).then(|| input.known.suggest(name)).flatten();
                reports.push(report::unknown(name, meant));
            }
        }
    }
    let ended = ignore.until.as_ref().filter(|until| input.has_ended(Some(until)));
    if let Some(until) = ended.filter(|_| !ran.is_empty()) {
        reports.push(report::ended(&ran, until));
    }
}

/// The parts of files that some spans cover.
pub fn by_file(spans: &[Span]) -> FxHashMap<FileId, Ranges> {
    let mut files: FxHashMap<FileId, Vec<(u32, u32)>> = FxHashMap::default();
    for span in spans {
        files.entry(span.file).or_default().push(extent(*span));
    }
    files.into_iter().map(|(file, ranges)| (file, Ranges::new(ranges))).collect()
}

/// First and last byte; a span without extent is the byte that it stands before.
pub fn extent(span: Span) -> (u32, u32) {
    (span.start, span.end.saturating_sub(1).max(span.start))
}

/// A set of offsets, as sorted ranges that lie apart. The ends belong to them.
#[derive(Debug, Default)]
pub struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    pub fn new(mut ranges: Vec<(u32, u32)>) -> Ranges {
        ranges.sort_unstable();
        let mut apart: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match apart.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => apart.push((first, last)),
            }
        }
        Ranges(apart)
    }

    pub fn touch(&self, (first, last): (u32, u32)) -> bool {
        let next = self.0.partition_point(|range| range.1 < first);
        self.0.get(next).is_some_and(|range| range.0 <= last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_touch_what_one_of_them_touches(
            ranges in proptest::collection::vec((0u32..60, 0u32..8), 0..12),
            (first, length) in (0u32..70, 0u32..8),
        ) {
            let ranges: Vec<(u32, u32)> =
                ranges.into_iter().map(|(first, length)| (first, first + length)).collect();
            let last = first + length;
            let any = ranges.iter().any(|range| range.0 <= last && first <= range.1);
            prop_assert_eq!(Ranges::new(ranges).touch((first, last)), any);
        }
    }
}
