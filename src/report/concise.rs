//! One line a finding, for editors, `grep` and narrow terminals: `path:line:col: severity[rule]
//! message`.

use std::io::{self, Write};

use super::sanitize::{clean, shorten};
use super::{Finding, Report, summary};
use crate::source::Sources;

/// Writes a line for each finding, and the closing lines.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let diagnostic = &finding.diagnostic;
        let place = place(finding, report.sources);
        let rule = clean(diagnostic.rule.as_str());
        let message = shorten(&diagnostic.message);
        write!(out, "{place}: {}[{rule}] {message}", diagnostic.severity)?;
        match &finding.cluster {
            Some(cluster) => writeln!(out, " (cluster `{}`)", shorten(cluster))?,
            None => writeln!(out)?,
        }
    }
    summary::write(report, out)
}

fn place(finding: &Finding, sources: &Sources) -> String {
    let span = finding.diagnostic.primary.span;
    let start = sources.start(span);
    format!("{}:{}:{}", clean(sources.get(span.file).path()), start.line, start.column)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, overlap};
    use super::*;

    fn text(fixture: &mut Fixture) -> String {
        let mut out = Vec::new();
        write(&fixture.report(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_line_a_finding() {
        insta::assert_snapshot!(text(&mut overlap()), @"
        clusters/prod/kubeadm.yaml:3:14: error[overlapping-pools] pod range `10.96.0.0/16` lies inside the pool `10.96.0.0/12` (cluster `prod`)
        x.yaml:3:1: cannot be read: a tab indents a block
        1 skipped: 1 helm-template
        1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
        ");
    }

    #[test]
    fn a_hostile_value_stays_on_its_line() {
        let mut fixture = Fixture::default();
        let file = fixture.file("a\n\u{1b}.yaml", "a: 1\n");
        fixture.error(fixture.at(file, "1"), "value `x\n::error::y\u{1b}[2J\u{9b}`");
        insta::assert_snapshot!(text(&mut fixture), @"
        a␊␛.yaml:1:4: error[some-rule] value `x␊::error::y␛[2J�`
        1 error in 1 file
        ");
    }
}
