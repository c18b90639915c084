//! The closing lines of the formats for people: what could not be read, what was skipped, and how
//! many findings there are.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::sanitize::{clean, shorten};
use super::{Report, Unreadable};
use crate::diagnostic::Severity;

/// Writes one line for each input that could not be read, one for all that was skipped, and the
/// sentence about the findings.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for input in report.unreadable_beside_findings() {
        writeln!(out, "{}: cannot be read: {}", place(input), shorten(&input.message))?;
    }
    if let Some(line) = skipped(report) {
        writeln!(out, "{line}")?;
    }
    if let Some(line) = outdated(report) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{}", sentence(report))
}

/// What a baseline holds back in vain.
fn outdated(report: &Report) -> Option<String> {
    let count = report.summary.outdated;
    let findings = counted(count, "finding");
    let how = "--write-baseline beside --baseline takes them out";
    (count > 0).then(|| format!("{findings} of the baseline no longer there; {how}"))
}

/// `2 errors, 1 warning in 12 files (1 info hidden, 3 suppressed, 1 fixable with --fix)`.
pub fn sentence(report: &Report) -> String {
    let summary = &report.summary;
    let shown = [
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
        (Severity::Info, summary.infos),
    ];
    let shown: Vec<String> = shown
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| counted(count, severity.name()))
        .collect();
    let shown = if shown.is_empty() { "no findings".to_owned() } else { shown.join(", ") };

    let mut asides: Vec<String> = summary
        .hidden
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} hidden", counted(*count, severity.name())))
        .collect();
    let risky = summary.fixable.saturating_sub(summary.safely_fixable);
    let others = [
        (summary.existing, "there before"),
        (summary.suppressed - summary.baseline, "suppressed"),
        (summary.baseline, "in the baseline"),
        (summary.fixed, "fixed"),
        (summary.safely_fixable, "fixable with --fix"),
        match summary.safely_fixable {
            0 => (risky, "fixable with --fix --unsafe-fixes"),
            _ => (risky, "more with --unsafe-fixes"),
        },
        (report.unreadable_beside_findings().len(), "unreadable"),
    ];
    asides.extend(
        others
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}")),
    );
    let asides =
        if asides.is_empty() { String::new() } else { format!(" ({})", asides.join(", ")) };
    format!("{shown} in {}{asides}", counted(summary.files, "file"))
}

/// `3 skipped: 2 helm-template, 1 sops`, the most frequent reason first.
pub fn skipped(report: &Report) -> Option<String> {
    if report.skipped.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &report.skipped {
        *counts.entry(&skipped.reason).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let counts: Vec<String> =
        counts.into_iter().map(|(reason, count)| format!("{count} {}", clean(reason))).collect();
    Some(format!("{} skipped: {}", report.skipped.len(), counts.join(", ")))
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn place(input: &Unreadable) -> String {
    let path = clean(&input.path);
    match input.position {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, overlap};
    use super::*;

    fn written(fixture: &mut Fixture) -> String {
        let mut out = Vec::new();
        write(&fixture.report(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_that_happened_is_counted() {
        insta::assert_snapshot!(written(&mut overlap()), @"
        x.yaml:3:1: cannot be read: a tab indents a block
        1 skipped: 1 helm-template
        1 error in 2 files (1 info hidden, 3 suppressed, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
        ");
    }

    #[test]
    fn a_run_without_findings_says_so() {
        let mut fixture = Fixture::default();
        fixture.file("a.yaml", "a: 1\n");
        assert_eq!(written(&mut fixture), "no findings in 1 file\n");
    }

    #[test]
    fn what_a_baseline_does_is_told() {
        let mut fixture = overlap();
        (fixture.baseline, fixture.outdated) = (12, 2);
        insta::assert_snapshot!(written(&mut fixture), @"
        x.yaml:3:1: cannot be read: a tab indents a block
        1 skipped: 1 helm-template
        2 findings of the baseline no longer there; --write-baseline beside --baseline takes them out
        1 error in 2 files (1 info hidden, 3 suppressed, 12 in the baseline, 1 fixable with --fix --unsafe-fixes, 1 unreadable)
        ");
    }

    #[test]
    fn reasons_are_counted_the_most_frequent_first() {
        let mut fixture = Fixture::default();
        fixture.skipped("a.yaml", "binary");
        fixture.skipped("b.yaml", "helm-template");
        fixture.skipped("c.yaml", "helm-template");
        insta::assert_snapshot!(written(&mut fixture), @"
        3 skipped: 2 helm-template, 1 binary
        no findings in 0 files
        ");
    }

    #[test]
    fn a_hostile_path_stays_on_its_line() {
        let mut fixture = Fixture::default();
        fixture.unreadable("a\n::error::b\u{1b}.yaml", "permission denied", None);
        insta::assert_snapshot!(written(&mut fixture), @"
        a␊::error::b␛.yaml: cannot be read: permission denied
        no findings in 0 files (1 unreadable)
        ");
    }
}
