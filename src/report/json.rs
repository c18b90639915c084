//! The JSON report, version 1: findings for programs.
//!
//! Its shape is a promise, written down in `output.schema.json` beside this file; the tests hold
//! every report against that schema. Every key is always there; what is not known is `null`.
//! Strings are as they stand in the files: whoever prints them must escape them.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Finding, ObjectPlace, Report};
use crate::diagnostic::{Edit, Fix, Label};
use crate::source::Sources;

/// Writes the report as one indented JSON document and a newline.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    super::escape::write_pretty(&Document::new(report), out)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Findings<'a>,
    skipped: Vec<Skipped<'a>>,
    unreadable: Vec<Unreadable<'a>>,
}

impl<'a> Document<'a> {
    fn new(report: &'a Report) -> Document<'a> {
        let summary = &report.summary;
        let skipped = report
            .skipped
            .iter()
            .map(|skipped| Skipped { path: &skipped.path, reason: &skipped.reason });
        let unreadable = report.unreadable.iter().map(|input| Unreadable {
            path: &input.path,
            message: &input.message,
            line: input.position.map(|(line, _)| line),
            column: input.position.map(|(_, column)| column),
        });
        Document {
            version: 1,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            summary: Summary {
                files: summary.files,
                documents: summary.documents,
                clusters: summary.clusters,
                errors: summary.errors,
                warnings: summary.warnings,
                infos: summary.infos,
                suppressed: summary.suppressed,
                baseline: summary.baseline,
                existing: summary.existing,
                fixable: summary.fixable,
            },
            findings: Findings(report),
            skipped: skipped.collect(),
            unreadable: unreadable.collect(),
        }
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    documents: usize,
    clusters: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    baseline: usize,
    existing: usize,
    fixable: usize,
}

/// Looks up lines and columns only while a finding is written, so that a long report is never
/// held twice.
struct Findings<'a>(&'a Report<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        serializer.collect_seq(report.findings.iter().map(|finding| entry(finding, report.sources)))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    category: &'a str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    url: &'a str,
    cluster: Option<&'a str>,
    fingerprint: &'a str,
    locations: Vec<Location<'a>>,
    fixes: Vec<FixEntry<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    role: &'static str,
    path: &'a str,
    label: &'a str,
    document: usize,
    object: Option<&'a str>,
    field: Option<&'a str>,
    start: Point,
    end: Point,
}

/// Line and column start at 1 and count characters; the offset counts bytes from 0.
#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct FixEntry<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<EditEntry<'a>>,
}

#[derive(Serialize)]
struct EditEntry<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Unreadable<'a> {
    path: &'a str,
    message: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

fn entry<'a>(finding: &'a Finding, sources: &'a Sources) -> Entry<'a> {
    let diagnostic = &finding.diagnostic;
    let roles = std::iter::once("primary").chain(std::iter::repeat("related"));
    let locations = finding
        .places()
        .zip(roles)
        .map(|((label, place), role)| location(role, label, place, sources));
    Entry {
        rule: diagnostic.rule.as_str(),
        category: &finding.category,
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        url: &finding.url,
        cluster: finding.cluster.as_deref(),
        fingerprint: &finding.fingerprint,
        locations: locations.collect(),
        fixes: diagnostic.fixes.iter().map(|fix| fix_entry(fix, sources)).collect(),
    }
}

fn location<'a>(
    role: &'static str,
    label: &'a Label,
    place: Option<&'a ObjectPlace>,
    sources: &'a Sources,
) -> Location<'a> {
    let span = label.span;
    let (start, end) = (sources.start(span), sources.end(span));
    Location {
        role,
        path: sources.get(span.file).path(),
        label: &label.text,
        document: place.map_or(0, |place| place.document),
        object: place.and_then(|place| place.object.as_deref()),
        field: place.and_then(|place| place.field.as_deref()),
        start: Point { line: start.line, column: start.column, offset: span.start },
        end: Point { line: end.line, column: end.column, offset: span.end },
    }
}

fn fix_entry<'a>(fix: &'a Fix, sources: &'a Sources) -> FixEntry<'a> {
    let edit_entry = |edit: &'a Edit| EditEntry {
        path: sources.get(edit.span.file).path(),
        start: edit.span.start,
        end: edit.span.end,
        text: &edit.text,
    };
    FixEntry {
        title: &fix.title,
        safety: fix.safety.name(),
        edits: fix.edits.iter().map(edit_entry).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, overlap};
    use super::*;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The report, after it was held against the schema.
    fn json(report: &Report) -> serde_json::Value {
        let value = serde_json::from_str(&text(report)).unwrap();
        let schema = serde_json::from_str(include_str!("output.schema.json")).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        value
    }

    #[test]
    fn a_finding_has_every_key_of_version_1() {
        json(&overlap().report());
        let text = text(&overlap().report()).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(text, @r#"
        {
          "version": 1,
          "tool": {
            "name": "netvet",
            "version": "VERSION"
          },
          "summary": {
            "files": 2,
            "documents": 2,
            "clusters": 1,
            "errors": 1,
            "warnings": 0,
            "infos": 0,
            "suppressed": 3,
            "baseline": 0,
            "existing": 0,
            "fixable": 1
          },
          "findings": [
            {
              "rule": "overlapping-pools",
              "category": "addressing",
              "severity": "error",
              "message": "pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12`",
              "help": "give the pool a range that the pods do not use",
              "url": "https://netvet.example/overlapping-pools",
              "cluster": "prod",
              "fingerprint": "overlapping-pools/0",
              "locations": [
                {
                  "role": "primary",
                  "path": "clusters/prod/kubeadm.yaml",
                  "label": "pod range",
                  "document": 0,
                  "object": "ClusterConfiguration",
                  "field": "networking.podSubnet",
                  "start": {
                    "line": 3,
                    "column": 14,
                    "offset": 52
                  },
                  "end": {
                    "line": 3,
                    "column": 26,
                    "offset": 64
                  }
                },
                {
                  "role": "related",
                  "path": "clusters/prod/pool.yaml",
                  "label": "IP pool `default`",
                  "document": 0,
                  "object": "IPPool/default",
                  "field": "spec.cidr",
                  "start": {
                    "line": 5,
                    "column": 9,
                    "offset": 53
                  },
                  "end": {
                    "line": 5,
                    "column": 21,
                    "offset": 65
                  }
                }
              ],
              "fixes": [
                {
                  "title": "move the pool",
                  "safety": "unsafe",
                  "edits": [
                    {
                      "path": "clusters/prod/pool.yaml",
                      "start": 53,
                      "end": 65,
                      "text": "10.112.0.0/12"
                    }
                  ]
                }
              ]
            }
          ],
          "skipped": [
            {
              "path": "charts/web/templates/svc.yaml",
              "reason": "helm-template"
            }
          ],
          "unreadable": [
            {
              "path": "x.yaml",
              "message": "a tab indents a block",
              "line": 3,
              "column": 1
            }
          ]
        }
        "#);
    }

    #[test]
    fn an_empty_report_is_valid() {
        let value = json(&Fixture::default().report());
        assert_eq!(value["findings"], serde_json::json!([]));
    }

    #[test]
    fn an_unreadable_input_without_a_place_is_valid() {
        let mut fixture = Fixture::default();
        fixture.unreadable("x.yaml", "permission denied", None);
        let value = json(&fixture.report());
        assert_eq!(value["unreadable"][0]["line"], serde_json::Value::Null);
    }

    #[test]
    fn values_survive_as_they_are() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a\u{1b}.yaml", "a: \"\u{1b}[2J\"\n");
        let message = "quote \" backslash \\ escape \u{1b} newline \n";
        fixture.error(fixture.at(file, "a"), message);
        let value = json(&fixture.report());
        assert_eq!(value["findings"][0]["message"], message);
        assert_eq!(value["findings"][0]["locations"][0]["path"], "a\u{1b}.yaml");
    }

    #[test]
    fn the_schema_refuses_an_unknown_key() {
        let mut value = json(&overlap().report());
        value["findings"][0]["line"] = 3.into();
        let schema = serde_json::from_str(include_str!("output.schema.json")).unwrap();
        assert!(!jsonschema::is_valid(&schema, &value));
    }
}
