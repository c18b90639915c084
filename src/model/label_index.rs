//! Finds what selectors may match without looking at everything: by the labels of each.

use rustc_hash::FxHashMap;

use super::labels::{Labels, Operator, Selector, is_added_later};

/// Things with labels, by their indices.
#[derive(Debug, Default)]
pub struct LabelIndex<'a> {
    all: Vec<usize>,
    by_label: FxHashMap<(&'a str, &'a str), Vec<usize>>,
    /// Those with labels that cannot be known.
    vague: Vec<usize>,
}

impl<'a> LabelIndex<'a> {
    pub fn add(&mut self, index: usize, labels: &Labels<'a>) {
        self.all.push(index);
        for label in labels.known() {
            self.by_label.entry(label).or_default().push(index);
        }
        if labels.is_open() || labels.known().count() < labels.iter().count() {
            self.vague.push(index);
        }
    }

    pub fn all(&self) -> &[usize] {
        &self.all
    }

    fn with<'s>(&'s self, key: &'s str, value: &'s str) -> &'s [usize] {
        self.by_label.get(&(key, value)).map_or(&[], Vec::as_slice)
    }

    /// Indices among which are all that the selector may match, ascending: those with the rarest of
    /// the labels that it asks for.
    pub fn candidates(&self, selector: &Selector<'_>) -> Vec<usize> {
        let wanted = selector.requirements.iter().filter_map(|requirement| {
            let Operator::In(values) = &requirement.operator else { return None };
            let is_told = !requirement.partly_known && !is_added_later(requirement.key);
            is_told.then_some((requirement.key, values))
        });
        let count = |(key, values): &(&str, &Vec<&str>)| {
            values.iter().map(|value| self.with(key, value).len()).sum::<usize>()
        };
        let Some((key, values)) = wanted.min_by_key(count) else { return self.all.clone() };
        let found = values.iter().flat_map(|value| self.with(key, value)).chain(&self.vague);
        let mut candidates: Vec<usize> = found.copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}
