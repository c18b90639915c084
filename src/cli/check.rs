//! `netvet check`.

use std::io::{self, Write};

use super::args::{CheckArgs, Format};
use super::inspect::{self, Inspection};
use super::{Error, Outcome, Terminal, output};
use crate::check::report::{Beside, View, report};
use crate::report::{Report, Summary};

pub fn run(args: &CheckArgs, terminal: Terminal, out: &mut dyn Write) -> Result<Outcome, Error> {
    output::check_report_files(&args.report)?;
    let Inspection { rules, mut analysis, suppressed, skipped, unreadable } =
        inspect::inspect(&args.input, &args.select, &args.ignore, args.quiet)?;
    let kept = std::mem::take(&mut analysis.findings);
    let fails = args
        .fail_on
        .severity()
        .is_some_and(|least| kept.iter().any(|found| found.diagnostic.severity >= least));
    let infos = inspect::infos(&rules);
    let view = View {
        min_severity: args.min_severity.severity(),
        places: args.format.has_places() || args.report.iter().any(|file| file.format.has_places()),
        rules: &infos,
    };
    let beside = Beside { skipped, unreadable, suppressed };
    let report = report(&analysis, kept, beside, &view);
    if args.verbose {
        list_skipped(&report)?;
    }
    // First, so that nobody who closes the pipe early goes without them.
    output::write_report_files(&report, &args.report)?;
    let quiet = args.quiet && report.findings.is_empty() && report.unreadable.is_empty();
    if !(quiet && matches!(args.format, Format::Human | Format::Concise)) {
        output::write(&report, args.format, terminal, out)?;
    }
    Ok(match () {
        () if fails => Outcome::Findings,
        () if analysis.has_unreadable_input() => Outcome::Unreadable,
        () => Outcome::Clean,
    })
}

fn list_skipped(report: &Report<'_>) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for skipped in &report.skipped {
        let path = crate::report::printable(&skipped.path);
        writeln!(err, "skipped {path}: {}", skipped.reason)?;
    }
    let Summary { files, documents, .. } = &report.summary;
    writeln!(err, "checked {documents} documents in {files} files")
}
