//! Workflow commands, which GitHub shows beside the lines of a pull request.
//!
//! Each finding is one command. Values are escaped as GitHub's own toolkit does, so that none can
//! end a command or start another; control characters are replaced too, for the log is read on
//! terminals.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::cmp::Reverse;
use std::io::{self, Write};

use super::sanitize::{clean, shorten};
use super::{Finding, Report, Unreadable, lines, summary};
use crate::diagnostic::Severity;
use crate::source::Sources;

/// How many annotations of each kind GitHub shows for one step; the others are in the log alone.
const SHOWN: usize = 10;

/// Writes the inputs that could not be read and the findings, the worst first, and one plain line.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for input in report.unreadable_beside_findings() {
        writeln!(out, "{}", unreadable_command(input))?;
    }
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.diagnostic.severity));
    for finding in findings {
        writeln!(out, "{}", command(finding, report.sources))?;
    }
    writeln!(out, "{}", last_line(report))
}

fn command(finding: &Finding, sources: &Sources) -> String {
    let diagnostic = &finding.diagnostic;
    let span = diagnostic.primary.span;
    let (start, end) = (sources.start(span), sources.end(span));
    let file = property(sources.get(span.file).path());
    let title = property(&format!("netvet ({})", diagnostic.rule));
    let place = if start.line == end.line {
        format!(
            "line={},col={},endLine={},endColumn={}",
            start.line, start.column, end.line, end.column
        )
    } else {
        // Columns are only taken for a place within one line.
        format!("line={},endLine={}", start.line, end.line)
    };
    let message = message(finding, sources);
    format!("::{} file={file},{place},title={title}::{message}", kind(diagnostic.severity))
}

fn unreadable_command(input: &Unreadable) -> String {
    let file = property(&input.path);
    let place = match input.position {
        Some((line, column)) => format!(",line={line},col={column}"),
        None => String::new(),
    };
    let message =
        data(&format!("{}: cannot be read: {}", clean(&input.path), shorten(&input.message)));
    format!("::error file={file}{place},title=netvet::{message}")
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// Names the place once more, because the log prints only the message of a command.
fn message(finding: &Finding, sources: &Sources) -> String {
    data(&lines::of(finding, sources).join("\n"))
}

/// Not a command: what people see at the end of the log.
fn last_line(report: &Report) -> String {
    let summary = &report.summary;
    let beyond: Vec<String> = [
        ("error", summary.errors + report.unreadable_beside_findings().len()),
        ("warning", summary.warnings),
        ("notice", summary.infos),
    ]
    .into_iter()
    .filter(|(_, count)| *count > SHOWN)
    .map(|(kind, count)| summary::counted(count - SHOWN, kind))
    .collect();
    let mut parts = vec![summary::sentence(report)];
    parts.extend(summary::skipped(report));
    if !beyond.is_empty() {
        let beyond = beyond.join(", ");
        parts.push(format!("{beyond} beyond the {SHOWN} of a kind that GitHub shows for a step"));
    }
    parts.join("; ")
}

/// As `escapeData` of the toolkit.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As `escapeProperty` of the toolkit.
fn property(text: &str) -> String {
    data(&clean(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, overlap};
    use super::*;
    use crate::diagnostic::{Diagnostic, Place};

    fn text(fixture: &mut Fixture) -> String {
        let mut out = Vec::new();
        write(&fixture.report(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_is_one_command() {
        insta::assert_snapshot!(text(&mut overlap()), @"
        ::error file=x.yaml,line=3,col=1,title=netvet::x.yaml: cannot be read: a tab indents a block
        ::error file=clusters/prod/kubeadm.yaml,line=3,col=14,endLine=3,endColumn=26,title=netvet (overlapping-pools)::clusters/prod/kubeadm.yaml:3:14: pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (pod range)%0Aclusters/prod/pool.yaml:5:9: IP pool `default`%0Ahelp: give the pool a range that the pods do not use%0Acluster: prod
        1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable); 1 skipped: 1 helm-template
        ");
    }

    #[test]
    fn the_worst_comes_first() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        let span = fixture.at(file, "1");
        fixture.finding(Diagnostic::info(span.label(""), "advice"));
        fixture.finding(Diagnostic::error(span.label(""), "first error"));
        fixture.finding(Diagnostic::warning(span.label(""), "warning"));
        fixture.finding(Diagnostic::error(span.label(""), "second error"));
        insta::assert_snapshot!(text(&mut fixture), @"
        ::error file=a.yaml,line=1,col=4,endLine=1,endColumn=5,title=netvet (some-rule)::a.yaml:1:4: first error
        ::error file=a.yaml,line=1,col=4,endLine=1,endColumn=5,title=netvet (some-rule)::a.yaml:1:4: second error
        ::warning file=a.yaml,line=1,col=4,endLine=1,endColumn=5,title=netvet (some-rule)::a.yaml:1:4: warning
        ::notice file=a.yaml,line=1,col=4,endLine=1,endColumn=5,title=netvet (some-rule)::a.yaml:1:4: advice
        2 errors, 1 warning, 1 info in 1 file
        ");
    }

    #[test]
    fn a_place_over_several_lines_has_no_columns() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a:\n  b: 1\n");
        fixture.error(fixture.at(file, "a:\n  b"), "two lines");
        insta::assert_snapshot!(text(&mut fixture), @"
        ::error file=a.yaml,line=1,endLine=2,title=netvet (some-rule)::a.yaml:1:1: two lines
        1 error in 1 file
        ");
    }

    #[test]
    fn no_value_can_start_or_end_a_command() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a,b:c%0A\n::warning::d.yaml", "a: 1\n");
        let span = fixture.at(file, "1");
        let diagnostic =
            Diagnostic::error(span.label("x\n::error::y"), "100% `\r\n::error::z\u{1b}`")
                .related(span.label("%0A::error::w"))
                .help("h\n::error::v");
        fixture.finding(diagnostic).cluster = Some("\n::error::u".to_owned());
        fixture.unreadable("e\n::error::f", "g\n::error::h", Some((1, 2)));
        let text = text(&mut fixture);
        assert_eq!(text.lines().filter(|line| line.starts_with("::")).count(), 2);
        insta::assert_snapshot!(text, @"
        ::error file=e␊%3A%3Aerror%3A%3Af,line=1,col=2,title=netvet::e␊::error::f: cannot be read: g␊::error::h
        ::error file=a%2Cb%3Ac%250A␊%3A%3Awarning%3A%3Ad.yaml,line=1,col=4,endLine=1,endColumn=5,title=netvet (some-rule)::a,b:c%250A␊::warning::d.yaml:1:4: 100%25 `␍␊::error::z␛` (x␊::error::y)%0Aa,b:c%250A␊::warning::d.yaml:1:4: %250A::error::w%0Ahelp: h␊::error::v%0Acluster: ␊::error::u
        1 error in 1 file (1 unreadable)
        ");
    }

    #[test]
    fn the_last_line_says_what_github_does_not_show() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a.yaml", "a: 1\n");
        let span = fixture.at(file, "1");
        for _ in 0..12 {
            fixture.finding(Diagnostic::info(span.label(""), "advice"));
            fixture.finding(Diagnostic::error(span.label(""), "error"));
        }
        fixture.finding(Diagnostic::warning(span.label(""), "warning"));
        fixture.unreadable("b.yaml", "permission denied", None);
        let text = text(&mut fixture);
        insta::assert_snapshot!(text.lines().last().unwrap(), @"12 errors, 1 warning, 12 infos in 1 file (1 unreadable); 3 errors, 2 notices beyond the 10 of a kind that GitHub shows for a step");
    }
}
