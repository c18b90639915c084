//! GitLab's code quality report, which merge requests show beside their changes.
//!
//! GitLab tells findings apart by fingerprint alone, so equal ones are numbered.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Finding, Report, Unreadable, lines, sanitize};
use crate::diagnostic::Severity;
use crate::source::Sources;

/// The rule of an input that could not be read.
const UNREADABLE: &str = "unreadable";

/// Writes what could not be read and the findings as one JSON array, and a newline.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let unreadable = report.unreadable_beside_findings().into_iter().map(unreadable);
    let findings = report.findings.iter().map(|finding| issue(finding, report.sources));
    let mut issues: Vec<Issue<'_>> = unreadable.chain(findings).collect();
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    for issue in &mut issues {
        let before = seen.entry(issue.fingerprint.clone()).or_default();
        if *before > 0 {
            issue.fingerprint += &format!("-{before}");
        }
        *before += 1;
    }
    super::escape::write_pretty(&issues, out)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

fn issue<'a>(finding: &'a Finding, sources: &'a Sources) -> Issue<'a> {
    let diagnostic = &finding.diagnostic;
    let mut description = vec![lines::message(finding)];
    description.extend(lines::details(finding, sources));
    Issue {
        description: description.join("\n"),
        check_name: diagnostic.rule.as_str(),
        fingerprint: finding.fingerprint.clone(),
        severity: severity(diagnostic.severity),
        location: Location {
            path: sources.get(diagnostic.primary.span.file).path(),
            lines: Lines { begin: sources.start(diagnostic.primary.span).line },
        },
    }
}

fn unreadable(input: &Unreadable) -> Issue<'_> {
    let message = sanitize::shorten(&input.message);
    Issue {
        // Without the line, which may move.
        fingerprint: format!("{UNREADABLE}:{}:{message}", input.path),
        description: format!("cannot be read: {message}"),
        check_name: UNREADABLE,
        severity: "blocker",
        location: Location {
            path: &input.path,
            lines: Lines { begin: input.position.map_or(1, |(line, _)| line) },
        },
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::testing::{Fixture, overlap};
    use super::*;
    use crate::diagnostic::{Diagnostic, Place};

    /// The report, after it was held against what GitLab's documentation asks for.
    fn gitlab(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        let value = serde_json::from_slice(&out).unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/schemas/gitlab.schema.json");
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let Value::Array(issues) = value else { panic!("an array") };
        let fingerprint = |issue: &Value| issue["fingerprint"].as_str().map(str::to_owned);
        let all: std::collections::HashSet<_> = issues.iter().map(fingerprint).collect();
        assert_eq!(all.len(), issues.len(), "fingerprints are unique");
        issues
    }

    #[test]
    fn a_finding_is_an_issue() {
        let issues = gitlab(&overlap().report());
        insta::assert_snapshot!(serde_json::to_string_pretty(&issues).unwrap(), @r#"
        [
          {
            "description": "cannot be read: a tab indents a block",
            "check_name": "unreadable",
            "fingerprint": "unreadable:x.yaml:a tab indents a block",
            "severity": "blocker",
            "location": {
              "path": "x.yaml",
              "lines": {
                "begin": 3
              }
            }
          },
          {
            "description": "pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (pod range)\nclusters/prod/pool.yaml:5:9: IP pool `default`\nhelp: give the pool a range that the pods do not use\ncluster: prod",
            "check_name": "overlapping-pools",
            "fingerprint": "overlapping-pools/0",
            "severity": "critical",
            "location": {
              "path": "clusters/prod/kubeadm.yaml",
              "lines": {
                "begin": 3
              }
            }
          }
        ]
        "#);
    }

    #[test]
    fn an_empty_report_is_an_empty_array() {
        assert_eq!(gitlab(&Fixture::default().report()), Vec::<Value>::new());
    }

    #[test]
    fn weights_have_names_of_their_own() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        let label = || fixture.at(file, "1").label("");
        let all = [
            Diagnostic::error(label(), "x"),
            Diagnostic::warning(label(), "x"),
            Diagnostic::info(label(), "x"),
        ];
        for (index, diagnostic) in all.into_iter().enumerate() {
            fixture.finding(diagnostic).fingerprint = format!("{index}");
        }
        let severities: Vec<Value> =
            gitlab(&fixture.report()).iter().map(|issue| issue["severity"].clone()).collect();
        assert_eq!(severities, ["critical", "major", "info"]);
    }

    #[test]
    fn equal_fingerprints_are_numbered() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        for _ in 0..3 {
            fixture.error(fixture.at(file, "1"), "x");
            fixture.unreadable("b.yaml", "gone", Some((1, 1)));
        }
        assert_eq!(gitlab(&fixture.report()).len(), 6);
    }

    #[test]
    fn hostile_values_stay_values() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a\"\n\u{1b}.yaml", "a: 1\n");
        fixture.error(fixture.at(file, "1"), "\"}],\n\u{1b}[2J\u{202e}");
        fixture.unreadable("\u{1b}\n", "\u{9b}\n", None);
        let issues = gitlab(&fixture.report());
        assert_eq!(issues[0]["description"], "cannot be read: \u{fffd}␊");
        assert_eq!(issues[1]["description"], "\"}],␊␛[2J\u{fffd}");
        assert_eq!(issues[1]["location"]["path"], "a\"\n\u{1b}.yaml");
    }
}
