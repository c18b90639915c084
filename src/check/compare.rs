//! Which findings a change brings, told from two analyses.
//!
//! A finding is known by its rule, its object, its field and what it says: never by a line. It
//! stays the same finding when its file or its object moves, when items are put before it in a
//! list, and when the counts in its message change; names and addresses in it must stay. What
//! weighs more than before is brought by the change, too.

use std::collections::HashMap;
use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Analysis;
use super::report::places;
use crate::diagnostic::{RuleId, Severity};
use crate::report::ObjectPlace;

/// What a finding is known by.
#[derive(Debug)]
pub struct Mark {
    rule: RuleId,
    path: String,
    place: ObjectPlace,
    /// The message without counts.
    message: String,
    severity: Severity,
}

/// The findings of an analysis, and where its objects lie.
#[derive(Debug, Default)]
pub struct Marks {
    /// In the order of [`Analysis::findings`].
    marks: Vec<Mark>,
    /// Path and identity.
    objects: FxHashSet<(String, String)>,
}

impl Marks {
    /// `renamed` gives the path that a file has now, by the one that it had.
    pub fn of(analysis: &Analysis, renamed: &HashMap<String, String>) -> Marks {
        let path_of = |file| {
            let path = analysis.sources.get(file).path();
            renamed.get(path).map_or(path, String::as_str).to_owned()
        };
        let spans = analysis.findings.iter().map(|found| found.diagnostic.primary.span);
        let places = places(analysis, spans);
        let marks = analysis.findings.iter().map(|found| {
            let diagnostic = &found.diagnostic;
            let span = diagnostic.primary.span;
            Mark {
                rule: diagnostic.rule.clone(),
                path: path_of(span.file),
                place: places.get(&span).cloned().unwrap_or_default(),
                message: without_counts(&diagnostic.message),
                severity: diagnostic.severity,
            }
        });
        let resources = analysis.files.iter().flat_map(|file| &file.resources);
        let objects = resources.map(|resource| (path_of(resource.file), resource.identity()));
        Marks { marks: marks.collect(), objects: objects.collect() }
    }

    fn has(&self, path: &str, object: &str) -> bool {
        self.objects.contains(&(path.to_owned(), object.to_owned()))
    }
}

/// Whether each of the new findings is brought by the change from the old ones.
pub fn brought(old: &Marks, new: &Marks) -> Vec<bool> {
    let mut matching = Matching {
        old,
        new,
        brought: vec![true; new.marks.len()],
        open: vec![true; new.marks.len()],
        left: vec![true; old.marks.len()],
    };
    let exactly =
        |mark: &Mark| (mark.path.clone(), mark.place.object.clone(), mark.place.field.clone());
    matching.pass(|_, mark| Some(exactly(mark)));
    let bare = |mark: &Mark| mark.place.field.as_deref().map(without_indices);
    matching.pass(|_, mark| Some((mark.path.clone(), mark.place.object.clone(), bare(mark))));
    // An object that is no longer where it was, and one that has come to where it is.
    matching.pass(|other, mark| {
        let object = mark.place.object.clone()?;
        (!other.has(&mark.path, &object)).then(|| (object, bare(mark)))
    });
    matching.brought
}

/// Finds for each new finding an old one that is the same; each serves once.
struct Matching<'m> {
    old: &'m Marks,
    new: &'m Marks,
    brought: Vec<bool>,
    /// New findings without a match.
    open: Vec<bool>,
    /// Old findings without a match.
    left: Vec<bool>,
}

impl Matching<'_> {
    /// Matches by a key beside rule and message. The key is told the other side of the change, and
    /// is absent where a finding takes no part.
    fn pass<K: Eq + Hash>(&mut self, key: impl Fn(&Marks, &Mark) -> Option<K>) {
        let whole = |other: &Marks, mark: &Mark| {
            Some((mark.rule.clone(), mark.message.clone(), key(other, mark)?))
        };
        let mut known: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for index in (0..self.left.len()).rev().filter(|index| self.left[*index]) {
            if let Some(key) = whole(self.new, &self.old.marks[index]) {
                known.entry(key).or_default().push(index);
            }
        }
        for index in (0..self.open.len()).filter(|index| self.open[*index]).collect::<Vec<_>>() {
            let mark = &self.new.marks[index];
            let Some(key) = whole(self.old, mark) else { continue };
            let Some(same) = known.get_mut(&key).and_then(Vec::pop) else { continue };
            self.left[same] = false;
            self.open[index] = false;
            self.brought[index] = mark.severity > self.old.marks[same].severity;
        }
    }
}

/// A message without the digits of its counts. What stands in backticks is a name or an address,
/// and stays.
fn without_counts(message: &str) -> String {
    let mut quoted = false;
    let mut bare = String::with_capacity(message.len());
    for letter in message.chars() {
        quoted ^= letter == '`';
        if quoted || !(letter.is_ascii_digit() || (letter == ',' && bare.ends_with('#'))) {
            bare.push(letter);
        } else if !bare.ends_with('#') {
            bare.push('#');
        }
    }
    bare
}

/// `spec.egress[0].ports[1]` → `spec.egress[].ports[]`.
fn without_indices(field: &str) -> String {
    let mut inside = false;
    let keep = |letter: &char| {
        inside = match letter {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        !(inside && letter.is_ascii_digit())
    };
    field.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(path: &str, object: &str, field: &str, message: &str) -> Mark {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Mark {
            rule: RuleId("a-rule".into()),
            path: path.to_owned(),
            place: ObjectPlace { document: 0, object: text(object), field: text(field) },
            message: without_counts(message),
            severity: Severity::Warning,
        }
    }

    fn marks(marks: Vec<Mark>) -> Marks {
        let object = |mark: &Mark| Some((mark.path.clone(), mark.place.object.clone()?));
        Marks { objects: marks.iter().filter_map(object).collect(), marks }
    }

    fn one(old: Mark, new: Mark) -> bool {
        brought(&marks(vec![old]), &marks(vec![new]))[0]
    }

    #[test]
    fn counts_and_indices_may_change_and_names_may_not() {
        let old = || mark("a.yaml", "Service/web", "spec.ports[0].port", "254 of 1,000 for `a1`");
        let new = |field, message| mark("a.yaml", "Service/web", field, message);
        assert!(!one(old(), new("spec.ports[2].port", "12 of 20 for `a1`")));
        assert!(one(old(), new("spec.ports[0].port", "254 of 1,000 for `a2`")));
        assert!(one(old(), new("spec.ports[0].name", "254 of 1,000 for `a1`")));
    }

    #[test]
    fn one_old_finding_stands_for_one_new() {
        let at = |index: usize| mark("a.yaml", "Service/web", &format!("x[{index}]"), "m");
        let old = marks(vec![at(0), at(1)]);
        assert_eq!(brought(&old, &marks(vec![at(0), at(1), at(2)])), [false, false, true]);
        assert_eq!(brought(&old, &marks(vec![at(5), at(1)])), [false, false]);
    }

    #[test]
    fn an_object_may_move_and_its_copy_is_another_one() {
        let at = |path| mark(path, "Service/web", "spec", "m");
        assert!(!one(at("a.yaml"), at("b.yaml")));
        let old = marks(vec![at("a.yaml")]);
        assert_eq!(brought(&old, &marks(vec![at("b.yaml"), at("a.yaml")])), [true, false]);
        // The flaw was mended in one overlay and came into another.
        let objects = || {
            let both = ["a.yaml", "b.yaml"].map(|path| (path.to_owned(), "Service/web".to_owned()));
            both.into_iter().collect()
        };
        let old = Marks { marks: vec![at("a.yaml")], objects: objects() };
        let new = Marks { marks: vec![at("b.yaml")], objects: objects() };
        assert_eq!(brought(&old, &new), [true]);
        // What is no object is known by its path.
        assert!(one(mark("a.yaml", "", "x", "m"), mark("b.yaml", "", "x", "m")));
        assert!(!one(mark("a.yaml", "", "x", "m"), mark("a.yaml", "", "x", "m")));
    }

    #[test]
    fn what_weighs_more_is_new() {
        let old = || mark("a.yaml", "Service/web", "spec", "m");
        assert!(one(old(), Mark { severity: Severity::Error, ..old() }));
        assert!(!one(old(), Mark { severity: Severity::Info, ..old() }));
    }
}
