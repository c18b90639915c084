//! How many findings each rule has, instead of the findings: `--statistics`.

use std::cmp::Reverse;
use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::sanitize::clean;
use super::{Report, summary};
use crate::diagnostic::Severity;

/// What there is of one rule.
#[derive(Serialize)]
struct Count<'a> {
    rule: &'a str,
    /// That of its worst finding.
    #[serde(serialize_with = "name")]
    severity: Severity,
    count: usize,
    /// How many of them have a fix.
    fixable: usize,
    /// What the rule finds; empty for one that is not known.
    summary: &'a str,
}

fn name<S: serde::Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.name())
}

/// Writes a line for each rule, the most frequent first, and the closing lines.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = counts(report);
    let width = counts.iter().map(|count| count.rule.chars().count()).max().unwrap_or(0);
    for count in &counts {
        let Count { rule, severity, count, fixable, summary } = count;
        let rule = clean(rule);
        let fixable = match fixable {
            0 => String::new(),
            fixable => format!(" ({fixable} fixable)"),
        };
        writeln!(out, "{count:>5}  {severity:<7}  {rule:<width$}  {}{fixable}", clean(summary))?;
    }
    summary::write(report, out)
}

/// Writes the same as one JSON array and a newline.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    super::escape::write_pretty(&counts(report), out)?;
    writeln!(out)
}

fn counts<'a>(report: &'a Report) -> Vec<Count<'a>> {
    let summaries: FxHashMap<&str, &str> =
        report.rules.iter().map(|rule| (rule.id.as_str(), rule.summary.as_str())).collect();
    let mut counts: FxHashMap<&str, Count<'a>> = FxHashMap::default();
    for finding in &report.findings {
        let diagnostic = &finding.diagnostic;
        let rule = diagnostic.rule.as_str();
        let count = counts.entry(rule).or_insert_with(|| Count {
            rule,
            severity: diagnostic.severity,
            count: 0,
            fixable: 0,
            summary: summaries.get(rule).copied().unwrap_or_default(),
        });
        count.severity = count.severity.max(diagnostic.severity);
        count.count += 1;
        count.fixable += usize::from(!diagnostic.fixes.is_empty());
    }
    let mut counts: Vec<Count<'a>> = counts.into_values().collect();
    counts.sort_by_key(|count| (Reverse(count.count), Reverse(count.severity), count.rule));
    counts
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::testing::{Fixture, overlap};
    use super::*;
    use crate::diagnostic::{Diagnostic, Place, RuleId};

    fn text(fixture: &mut Fixture) -> String {
        let mut out = Vec::new();
        write(&fixture.report(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn several() -> Fixture {
        let mut fixture = overlap();
        let file = fixture.file("a.yaml", "a: 1\n");
        let span = fixture.at(file, "1");
        for (rule, diagnostic) in [
            ("b", Diagnostic::info(span.label(""), "x")),
            ("b", Diagnostic::warning(span.label(""), "x")),
            ("a\n", Diagnostic::warning(span.label(""), "x")),
        ] {
            let rule = RuleId(Cow::Borrowed(rule));
            fixture.finding(Diagnostic { rule, ..diagnostic });
        }
        fixture
    }

    #[test]
    fn the_most_frequent_rule_comes_first() {
        insta::assert_snapshot!(text(&mut several()), @"
            2  warning  b                  
            1  error    overlapping-pools  Address pools overlap (1 fixable)
            1  warning  a␊                 
        x.yaml:3:1: cannot be read: a tab indents a block
        1 skipped: 1 helm-template
        1 error, 2 warnings, 1 info in 3 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
        ");
    }

    #[test]
    fn programs_get_the_same() {
        let mut out = Vec::new();
        write_json(&several().report(), &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let want = serde_json::json!([
            {"rule": "b", "severity": "warning", "count": 2, "fixable": 0, "summary": ""},
            {"rule": "overlapping-pools", "severity": "error", "count": 1, "fixable": 1,
             "summary": "Address pools overlap"},
            {"rule": "a\n", "severity": "warning", "count": 1, "fixable": 0, "summary": ""},
        ]);
        assert_eq!(value, want);
    }
}
