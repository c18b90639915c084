//! The Reviewdog Diagnostic Format, from which reviewdog makes comments of a review.
//!
//! Columns count bytes here. A suggestion is one range of the file that the finding lies in, so
//! the edits of a fix are joined by the text between them, and a fix that touches other files is
//! left out.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Finding, Report, Unreadable, lines, sanitize};
use crate::diagnostic::{Edit, Fix, Severity};
use crate::source::{FileId, Sources, Span};

/// Writes the report as one JSON document and a newline.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let source = Source { name: env!("CARGO_PKG_NAME"), url: env!("CARGO_PKG_REPOSITORY") };
    super::escape::write_pretty(&Document { source, diagnostics: Diagnostics(report) }, out)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    source: Source,
    diagnostics: Diagnostics<'a>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

/// Made one after the other while they are written, so that a long report is never held twice.
struct Diagnostics<'a>(&'a Report<'a>);

impl Serialize for Diagnostics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let unreadable = report.unreadable_beside_findings().into_iter().map(unreadable);
        let findings = report.findings.iter().map(|finding| entry(finding, report.sources));
        serializer.collect_seq(unreadable.chain(findings))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

/// The end is exclusive.
#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

fn entry<'a>(finding: &'a Finding, sources: &'a Sources) -> Entry<'a> {
    let diagnostic = &finding.diagnostic;
    let span = diagnostic.primary.span;
    let mut message = vec![lines::message(finding)];
    message.extend(lines::details(finding, sources));
    let fixes = diagnostic.fixes.iter();
    Entry {
        message: message.join("\n"),
        location: Location {
            path: sources.get(span.file).path(),
            range: Some(range(span, sources)),
        },
        severity: match diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Some(Code { value: diagnostic.rule.as_str(), url: &finding.url }),
        suggestions: fixes.filter_map(|fix| suggestion(fix, span.file, sources)).collect(),
    }
}

fn unreadable(input: &Unreadable) -> Entry<'_> {
    let range = input
        .position
        .map(|(line, column)| Range { start: Point { line, column }, end: Point { line, column } });
    Entry {
        message: format!("cannot be read: {}", sanitize::shorten(&input.message)),
        location: Location { path: &input.path, range },
        severity: "ERROR",
        code: None,
        suggestions: Vec::new(),
    }
}

/// The edits of a fix as one, if all lie in the file.
fn suggestion(fix: &Fix, file: FileId, sources: &Sources) -> Option<Suggestion> {
    if fix.edits.iter().any(|edit| edit.span.file != file) {
        return None;
    }
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let (first, last) = (edits.first()?, edits.last()?);
    let mut text = first.text.clone();
    for pair in edits.windows(2) {
        let between = pair[0].span.range().end..pair[1].span.range().start;
        text += sources.get(file).text().get(between)?;
        text += &pair[1].text;
    }
    Some(Suggestion { range: range(first.span.to(last.span), sources), text })
}

fn range(span: Span, sources: &Sources) -> Range {
    let file = sources.get(span.file);
    let point = |offset: usize| {
        let position = file.byte_position(offset);
        Point { line: position.line, column: position.column }
    };
    Range { start: point(span.range().start), end: point(span.range().end) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Fixture, overlap};
    use super::*;
    use crate::diagnostic::{Diagnostic, Place, Safety};

    /// The report, after it was held against the schema.
    fn rdjson(report: &Report) -> Value {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        let value = serde_json::from_slice(&out).unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/schemas/rdjson.schema.json");
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        value
    }

    fn fix(edits: Vec<Edit>) -> Fix {
        Fix { title: "mend it".to_owned(), safety: Safety::Safe, edits }
    }

    #[test]
    fn a_finding_is_a_diagnostic() {
        let value = rdjson(&overlap().report());
        insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap(), @r#"
        {
          "source": {
            "name": "netvet",
            "url": "https://github.com/netvet/netvet"
          },
          "diagnostics": [
            {
              "message": "cannot be read: a tab indents a block",
              "location": {
                "path": "x.yaml",
                "range": {
                  "start": {
                    "line": 3,
                    "column": 1
                  },
                  "end": {
                    "line": 3,
                    "column": 1
                  }
                }
              },
              "severity": "ERROR"
            },
            {
              "message": "pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (pod range)\nclusters/prod/pool.yaml:5:9: IP pool `default`\nhelp: give the pool a range that the pods do not use\ncluster: prod",
              "location": {
                "path": "clusters/prod/kubeadm.yaml",
                "range": {
                  "start": {
                    "line": 3,
                    "column": 14
                  },
                  "end": {
                    "line": 3,
                    "column": 26
                  }
                }
              },
              "severity": "ERROR",
              "code": {
                "value": "overlapping-pools",
                "url": "https://netvet.example/overlapping-pools"
              }
            }
          ]
        }
        "#);
    }

    #[test]
    fn an_empty_report_is_valid() {
        assert_eq!(rdjson(&Fixture::default().report())["diagnostics"], json!([]));
    }

    #[test]
    fn columns_count_bytes_and_edits_are_joined() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "é: {a: 1, b: 2}\n");
        let span = fixture.at(file, "1");
        let edit = |needle: &str, text: &str| Edit {
            span: fixture.at(file, needle),
            text: text.to_owned(),
        };
        // In any order.
        let fix = fix(vec![edit("2", "two"), edit("1", "one")]);
        fixture.finding(Diagnostic::warning(span.label(""), "numbers").fix(fix));
        let value = rdjson(&fixture.report());
        let diagnostic = &value["diagnostics"][0];
        assert_eq!(diagnostic["location"]["range"]["start"], json!({"line": 1, "column": 9}));
        let range = json!({"start": {"line": 1, "column": 9}, "end": {"line": 1, "column": 16}});
        assert_eq!(diagnostic["suggestions"], json!([{"range": range, "text": "one, b: two"}]));
    }

    #[test]
    fn what_is_no_single_range_of_the_file_is_not_suggested() {
        let mut fixture = Fixture::default();
        let files = [fixture.file("a.yaml", "a: 12\n"), fixture.file("b.yaml", "b: 1\n")];
        let span = fixture.at(files[0], "12");
        let edit = |file, range| Edit { span: Span::new(file, range), text: String::new() };
        let diagnostic = Diagnostic::info(span.label(""), "x")
            .fix(fix(vec![edit(files[0], 3..5), edit(files[1], 3..4)]))
            .fix(fix(vec![edit(files[0], 3..5), edit(files[0], 4..5)]))
            .fix(fix(Vec::new()));
        fixture.finding(diagnostic);
        assert_eq!(rdjson(&fixture.report())["diagnostics"][0].get("suggestions"), None);
    }

    #[test]
    fn hostile_values_stay_values() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a\"\n\u{1b}.yaml", "a: 1\n");
        fixture.error(fixture.at(file, "1"), "\"}],\n\u{1b}[2J\u{202e}");
        fixture.unreadable("\u{1b}\n", "\u{9b}\n", None);
        let value = rdjson(&fixture.report());
        assert_eq!(value["diagnostics"][0]["message"], "cannot be read: \u{fffd}␊");
        assert_eq!(value["diagnostics"][1]["message"], "\"}],␊␛[2J\u{fffd}");
        assert_eq!(value["diagnostics"][1]["location"]["path"], "a\"\n\u{1b}.yaml");
    }
}
