//! Ignores of the configuration: by path and object.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Finding, Input, Turn, report};
use crate::config::{self, PathBase};
use crate::diagnostic::{Diagnostic, Place};
use crate::source::FileId;

pub struct Configured<'a> {
    ignores: &'a config::Ignores,
    base: &'a PathBase,
    /// Ignores without a path.
    anywhere: Table<'a>,
    used: Vec<bool>,
}

/// Ignores by rule or category, and object.
type Table<'a> = FxHashMap<(&'a str, Option<&'a str>), Vec<usize>>;

impl<'a> Configured<'a> {
    /// `None` when the configuration has no ignores.
    pub fn new(input: &Input<'a>) -> Option<Configured<'a>> {
        let (ignores, base) = input.config.filter(|(ignores, _)| !ignores.entries.is_empty())?;
        let mut anywhere = Table::default();
        for (index, ignore) in ignores.entries.iter().enumerate() {
            if ignore.path.is_none() && !input.has_ended(ignore.until.as_ref()) {
                anywhere.entry(key(ignore)).or_default().push(index);
            }
        }
        let used = vec![false; ignores.entries.len()];
        Some(Configured { ignores, base, anywhere, used })
    }

    /// Marks what is suppressed, and remembers which ignores that took.
    pub fn apply(&mut self, findings: &[Finding<'_>], input: &Input<'_>, suppressed: &mut [bool]) {
        let mut by_file: FxHashMap<FileId, Vec<usize>> = FxHashMap::default();
        for (index, finding) in findings.iter().enumerate() {
            by_file.entry(finding.diagnostic.primary.span.file).or_default().push(index);
        }
        for (file, indices) in by_file {
            let path = self.base.relative(input.sources.get(file).path());
            let mut here = Table::default();
            for index in self.ignores.of_path(&path) {
                let ignore = &self.ignores.entries[index];
                if !input.has_ended(ignore.until.as_ref()) {
                    here.entry(key(ignore)).or_default().push(index);
                }
            }
            for table in [&here, &self.anywhere] {
                let mut hit = FxHashSet::default();
                for index in &indices {
                    for name in input.names(&findings[*index]) {
                        let object = findings[*index].object;
                        for key in [(name, None), (name, object)] {
                            if table.contains_key(&key) {
                                suppressed[*index] = true;
                                hit.insert(key);
                            }
                        }
                    }
                }
                for index in hit.iter().flat_map(|key| &table[key]) {
                    self.used[*index] = true;
                }
            }
        }
    }

    /// What is wrong with the ignores.
    pub fn reports(&self, input: &Input<'_>, turn: Turn) -> Vec<Diagnostic> {
        let mut reports = Vec::new();
        for (ignore, used) in self.ignores.entries.iter().zip(&self.used) {
            match ignore.until.as_ref().filter(|until| input.has_ended(Some(until))) {
                Some(until) if turn == Turn::First && input.all_ran(&ignore.rule) => {
                    reports.push(report::ended(&[&ignore.rule], until));
                }
                None if !used && input.judges(&ignore.rule, turn) => {
                    reports.push(report::unused(ignore.rule.place(), &ignore.rule, &reach(ignore)));
                }
                _ => {}
            }
        }
        reports
    }
}

fn key(ignore: &config::Ignore) -> (&str, Option<&str>) {
    (&ignore.rule, ignore.object.as_ref().map(|object| object.as_str()))
}

fn reach(ignore: &config::Ignore) -> String {
    let parts = [ignore.object.as_ref(), ignore.path.as_ref()].into_iter().flatten();
    let parts: Vec<String> = parts.map(|part| format!("`{}`", part.value)).collect();
    format!("in {}", parts.join(" in "))
}
