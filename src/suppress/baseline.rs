//! The findings that a repository had when it took netvet up.
//!
//! A finding is known by its rule, its file, its object and its field, and never by its line; equal
//! ones are counted. Places in lists move when something is put before them, so what has no exact
//! match is matched once more without them. Nothing here reads or writes a file.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::num::NonZeroUsize;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::config::Known;

/// What a finding is known by. The order is that of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Relative to the directory of the baseline, with `/`.
    pub path: String,
    /// `Kind/namespace/name` as far as they exist.
    pub object: Option<String>,
    pub field: Option<String>,
    /// The id of a rule.
    pub rule: String,
}

/// Findings by what they are known by, with how many there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, usize>,
}

/// Why a text is no baseline, with line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(deserialize_with = "version")]
    #[expect(dead_code, reason = "only read to be checked")]
    version: u64,
    findings: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<NonZeroUsize>,
}

/// The version of the file that is read and written.
const VERSION: u64 = 1;

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::invalid_value(Unexpected::Unsigned(other), &"version 1")),
    }
}

impl Baseline {
    /// Reads what [`Baseline::text`] has written. Rules go by their names of now.
    pub fn parse(text: &str, known: &Known) -> Result<Baseline, Mistake> {
        // An editor may have put a byte order mark before it.
        let text = text.trim_start_matches('\u{feff}');
        let file: File = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line().max(1), error.column().max(1));
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
            Mistake { line, column, message }
        })?;
        let mut baseline = Baseline::default();
        for entry in file.findings {
            let Entry { rule, path, object, field, count } = entry;
            let id = known.resolve(&rule).filter(|id| known.rule(id).is_some());
            let rule = id.map_or(rule.clone(), str::to_owned);
            let count = count.map_or(1, NonZeroUsize::get);
            baseline.add(Key { path, object, field, rule }, count);
        }
        Ok(baseline)
    }

    pub fn of(keys: impl IntoIterator<Item = Key>) -> Baseline {
        let mut baseline = Baseline::default();
        for key in keys {
            baseline.add(key, 1);
        }
        baseline
    }

    fn add(&mut self, key: Key, count: usize) {
        let sum = self.entries.entry(key).or_default();
        *sum = sum.saturating_add(count);
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many findings it can hold back.
    pub fn len(&self) -> usize {
        self.entries.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    pub fn entries(&self) -> impl Iterator<Item = (&Key, usize)> {
        self.entries.iter().map(|(key, count)| (key, *count))
    }

    /// JSON with a line for each entry, sorted, so that a change of it reads well.
    pub fn text(&self) -> String {
        let lines = self.entries.iter().map(|(key, count)| {
            let Key { path, object, field, rule } = key.clone();
            let count = NonZeroUsize::new(*count).filter(|count| count.get() > 1);
            let entry = Entry { rule, path, object, field, count };
            let json = serde_json::to_string(&entry);
            format!("    {}", json.expect("internal error: an entry is plain data"))
        });
        let lines: Vec<String> = lines.collect();
        let findings = match lines.is_empty() {
            true => "[]".to_owned(),
            false => format!("[\n{}\n  ]", lines.join(",\n")),
        };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": {findings}\n}}\n")
    }

    /// Whether each of the findings is held back, and the entries that are left over. Of equal
    /// findings, the first ones are held back.
    pub fn hold(&self, findings: &[Key]) -> (Vec<bool>, Baseline) {
        let mut left = self.clone();
        let mut held: Vec<bool> = findings.iter().map(|key| left.take(key)).collect();
        let mut alike: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, count) in &left.entries {
            if has_indices(key) {
                let keys = std::iter::repeat_n(key.clone(), (*count).min(findings.len()));
                alike.entry(without_indices(key)).or_default().extend(keys);
            }
        }
        // The first entry for the first finding.
        alike.values_mut().for_each(|keys| keys.reverse());
        for (key, held) in findings.iter().zip(&mut held).filter(|(_, held)| !**held) {
            let entries = alike.get_mut(&without_indices(key));
            if let Some(entry) = entries.and_then(Vec::pop) {
                *held = left.take(&entry);
            }
        }
        (held, left)
    }

    /// Takes one finding out, if there is one.
    fn take(&mut self, key: &Key) -> bool {
        let MapEntry::Occupied(mut entry) = self.entries.entry(key.clone()) else { return false };
        match *entry.get() {
            0 | 1 => drop(entry.remove()),
            _ => *entry.get_mut() -= 1,
        }
        true
    }

    /// Only the entries that are wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Key) -> bool) {
        self.entries.retain(|key, _| wanted(key));
    }

    /// Without the entries of another.
    pub fn without(mut self, other: &Baseline) -> Baseline {
        for (key, count) in other.entries() {
            if let Some(sum) = self.entries.get_mut(key) {
                *sum = sum.saturating_sub(count);
            }
        }
        self.entries.retain(|_, count| *count > 0);
        self
    }
}

fn has_indices(key: &Key) -> bool {
    key.field.as_ref().is_some_and(|field| field.contains('['))
}

/// `spec.egress[].ports[].port` for `spec.egress[0].ports[1].port`.
fn without_indices(key: &Key) -> Key {
    let strip = |field: &String| {
        let mut stripped = String::with_capacity(field.len());
        let mut rest = field.as_str();
        while let Some((before, after)) = rest.split_once('[') {
            stripped.push_str(before);
            stripped.push('[');
            rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        }
        stripped + rest
    };
    Key { field: key.field.as_ref().map(strip), ..key.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::known_of;

    /// `rule path object field`, `-` for what is not known.
    fn key(text: &str) -> Key {
        let mut words = text.split(' ').map(|word| (word != "-").then(|| word.to_owned()));
        let mut word = || words.next().flatten();
        let (rule, path) = (word().expect("a rule"), word().expect("a path"));
        Key { path, object: word(), field: word(), rule }
    }

    fn keys(texts: &[&str]) -> Vec<Key> {
        texts.iter().map(|text| key(text)).collect()
    }

    fn known() -> Known {
        known_of(&[("rule-a", "policy", &[]), ("rule-b", "policy", &[])])
    }

    /// What is held back of the findings, and what is left of the entries.
    fn held(entries: &[&str], findings: &[&str]) -> (Vec<bool>, Vec<Key>) {
        let (held, left) = Baseline::of(keys(entries)).hold(&keys(findings));
        let left = left.entries.into_iter();
        let left = left.flat_map(|(key, count)| std::iter::repeat_n(key, count));
        (held, left.collect())
    }

    #[test]
    fn the_text_is_sorted_and_reads_back() {
        let baseline = Baseline::of(keys(&[
            "rule-b b.yaml Service/web spec.ports[0].port",
            "rule-a b.yaml - -",
            "rule-a a\"\n.yaml - .:53.forward",
            "rule-a b.yaml - -",
        ]));
        insta::assert_snapshot!(baseline.text(), @r#"
        {
          "version": 1,
          "findings": [
            {"rule":"rule-a","path":"a\"\n.yaml","field":".:53.forward"},
            {"rule":"rule-a","path":"b.yaml","count":2},
            {"rule":"rule-b","path":"b.yaml","object":"Service/web","field":"spec.ports[0].port"}
          ]
        }
        "#);
        assert_eq!(Baseline::parse(&baseline.text(), &known()), Ok(baseline));
        assert_eq!(Baseline::parse(&Baseline::default().text(), &known()), Ok(Baseline::default()));
    }

    #[test]
    fn a_former_name_of_a_rule_is_its_name_of_now() {
        let text = Baseline::of(keys(&["former-rule-a a", "gone a", "policy a"])).text();
        let want = Baseline::of(keys(&["rule-a a", "gone a", "policy a"]));
        assert_eq!(Baseline::parse(&text, &known()), Ok(want));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let entry = |entry: &str| format!("{{\"version\": 1,\n\"findings\": [\n{entry}]}}");
        let table = [
            (String::new(), "1:1 EOF while parsing a value"),
            (
                "{\"version\": 2, \"findings\": []}".to_owned(),
                "1:13 invalid value: integer `2`, expected version 1",
            ),
            ("{\"findings\": []}".to_owned(), "1:16 missing field `version`"),
            (entry("{\"rule\": \"a\"}"), "3:13 missing field `path`"),
            (
                entry("{\"rule\": \"a\", \"path\": \"b\", \"line\": 3}"),
                "3:33 unknown field `line`, expected one of `rule`, `path`, `object`, `field`, `count`",
            ),
            (
                entry("{\"rule\": \"a\", \"path\": \"b\", \"count\": 0}"),
                "3:37 invalid value: integer `0`, expected a nonzero usize",
            ),
            ("- rule: a".to_owned(), "1:2 invalid number"),
        ];
        for (text, want) in table {
            let mistake = Baseline::parse(&text, &known()).unwrap_err();
            let Mistake { line, column, message } = mistake;
            assert_eq!(format!("{line}:{column} {message}"), want, "{text}");
        }
    }

    #[test]
    fn a_finding_is_known_by_rule_file_object_and_field() {
        let entry = ["rule-a a.yaml Service/web spec.type"];
        let table = [
            ("rule-a a.yaml Service/web spec.type", true),
            ("rule-b a.yaml Service/web spec.type", false),
            ("rule-a b.yaml Service/web spec.type", false),
            ("rule-a a.yaml Service/db spec.type", false),
            ("rule-a a.yaml Service/web spec.ports", false),
            ("rule-a a.yaml Service/web -", false),
            ("rule-a a.yaml - spec.type", false),
        ];
        for (finding, want) in table {
            let (held, left) = held(&entry, &[finding]);
            assert_eq!((held, left.is_empty()), (vec![want], want), "{finding}");
        }
    }

    #[test]
    fn equal_findings_are_counted() {
        let one = "rule-a a.yaml Service/web -";
        assert_eq!(held(&[one, one], &[one, one, one]).0, [true, true, false]);
        assert_eq!(held(&[one, one], &[one]), (vec![true], keys(&[one])));
    }

    #[test]
    fn what_moves_in_a_list_is_known_again() {
        let at = |index: usize| format!("rule-a a.yaml List items[{index}].spec.ports[0].port");
        let [zero, one, two] = [at(0), at(1), at(2)];
        // Something without findings was put first.
        assert_eq!(held(&[&zero, &one], &[&one, &two]), (vec![true, true], vec![]));
        // Something with a finding was put last.
        assert_eq!(held(&[&zero, &one], &[&zero, &one, &two]).0, [true, true, false]);
        // The first was mended.
        assert_eq!(held(&[&zero, &one], &[&one]), (vec![true], keys(&[&zero])));
        // Something with a finding was put first.
        assert_eq!(held(&[&one], &[&zero, &one]), (vec![false, true], vec![]));
    }

    #[test]
    fn what_is_no_index_stays() {
        let field = |field: &str| Key { field: Some(field.to_owned()), ..key("rule-a a") };
        let stripped = |text: &str| without_indices(&field(text)).field.unwrap();
        assert_eq!(stripped("spec.egress[0].ports[12].port"), "spec.egress[].ports[].port");
        assert_eq!(stripped("data[a]b[1"), "data[a]b[");
    }

    #[test]
    fn one_baseline_without_another() {
        let all = Baseline::of(keys(&["rule-a a", "rule-a a", "rule-b a"]));
        let some = Baseline::of(keys(&["rule-a a", "rule-b a", "rule-b c"]));
        assert_eq!(all.without(&some), Baseline::of(keys(&["rule-a a"])));
    }
}
