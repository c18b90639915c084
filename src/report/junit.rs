//! JUnit's XML, which most systems of continuous integration show as tests.
//!
//! A file is a suite, and a finding in it a test that failed; a file without findings is a test
//! that passed, so that a clean run is not a run without tests. No times and no host: the same
//! input gives the same bytes. Nothing makes JUnit's XML official; this keeps to what Jenkins
//! takes, `junit-10.xsd` of its xUnit plugin.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::sanitize::{clean, shorten};
use super::{Finding, Report, Skipped, Unreadable, lines};

/// What there is to say about one file.
#[derive(Default)]
struct Suite<'a> {
    unreadable: Vec<&'a Unreadable>,
    findings: Vec<&'a Finding>,
    skipped: Vec<&'a Skipped>,
}

impl Suite<'_> {
    fn tests(&self) -> usize {
        (self.unreadable.len() + self.findings.len() + self.skipped.len()).max(1)
    }
}

/// Writes the report as one XML document.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let tests: usize = suites.values().map(Suite::tests).sum();
    let errors: usize = suites.values().map(|suite| suite.unreadable.len()).sum();
    let failures = report.findings.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"netvet\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    )?;
    for (path, suite) in &suites {
        write_suite(path, suite, report, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// All files, by path.
fn suites<'a>(report: &'a Report) -> BTreeMap<&'a str, Suite<'a>> {
    let mut suites: BTreeMap<&str, Suite<'a>> = BTreeMap::new();
    for (_, source) in report.sources.iter() {
        suites.entry(source.path()).or_default();
    }
    for input in report.unreadable_beside_findings() {
        suites.entry(&input.path).or_default().unreadable.push(input);
    }
    for finding in &report.findings {
        let path = report.sources.get(finding.diagnostic.primary.span.file).path();
        suites.entry(path).or_default().findings.push(finding);
    }
    for skipped in &report.skipped {
        suites.entry(&skipped.path).or_default().skipped.push(skipped);
    }
    suites
}

fn write_suite(
    path: &str,
    suite: &Suite<'_>,
    report: &Report,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = escaped(&clean(path));
    let (tests, failures) = (suite.tests(), suite.findings.len());
    let (errors, skipped) = (suite.unreadable.len(), suite.skipped.len());
    writeln!(
        out,
        "  <testsuite name=\"{path}\" file=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    )?;
    for input in &suite.unreadable {
        let message = escaped(&format!("cannot be read: {}", shorten(&input.message)));
        let name = match input.position {
            Some((line, column)) => format!("readable at {line}:{column}"),
            None => "readable".to_owned(),
        };
        open(out, &path, &name)?;
        writeln!(out, "      <error type=\"unreadable\" message=\"{message}\"/>")?;
        writeln!(out, "    </testcase>")?;
    }
    for finding in &suite.findings {
        write_finding(finding, &path, report, out)?;
    }
    for skipped in &suite.skipped {
        open(out, &path, "checked")?;
        writeln!(out, "      <skipped message=\"{}\"/>", escaped(&shorten(&skipped.reason)))?;
        writeln!(out, "    </testcase>")?;
    }
    if failures + errors + skipped == 0 {
        writeln!(out, "    <testcase classname=\"{path}\" name=\"checked\"/>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// Begins a test; the path is escaped already.
fn open(out: &mut dyn Write, path: &str, name: &str) -> io::Result<()> {
    writeln!(out, "    <testcase classname=\"{path}\" name=\"{}\">", escaped(name))
}

/// A test is told from others by its name, so that has the place.
fn write_finding(
    finding: &Finding,
    path: &str,
    report: &Report,
    out: &mut dyn Write,
) -> io::Result<()> {
    let diagnostic = &finding.diagnostic;
    let start = report.sources.start(diagnostic.primary.span);
    let rule = clean(diagnostic.rule.as_str());
    open(out, path, &format!("{rule} at {}:{}", start.line, start.column))?;
    let message = escaped(&lines::message(finding));
    let severity = diagnostic.severity.name();
    write!(out, "      <failure type=\"{severity}\" message=\"{message}\">")?;
    for line in lines::of(finding, report.sources) {
        writeln!(out, "{}", escaped(&line))?;
    }
    writeln!(out, "{}</failure>", escaped(&clean(&finding.url)))?;
    writeln!(out, "    </testcase>")
}

/// Text and values of attributes. XML 1.0 has no way to write most control characters, which are
/// replaced before, nor U+FFFE and U+FFFF (<https://www.w3.org/TR/xml/#charsets>).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
