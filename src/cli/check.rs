//! `netvet check`.

use std::io::{self, Write};

use super::args::{CheckArgs, Format};
use super::inspect::{self, Inspection};
use super::{Error, Outcome, Terminal};
use crate::check::report::{Beside, View, report};
use crate::report::{Report, Summary, concise, github, human, json, sarif};

pub fn run(args: &CheckArgs, terminal: Terminal, out: &mut dyn Write) -> Result<Outcome, Error> {
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
        places: matches!(args.format, Format::Json | Format::Sarif),
        rules: &infos,
    };
    let beside = Beside { skipped, unreadable, suppressed };
    let report = report(&analysis, kept, beside, &view);
    if args.verbose {
        list_skipped(&report)?;
    }
    write(&report, args, terminal, out)?;
    Ok(match () {
        () if fails => Outcome::Findings,
        () if analysis.has_unreadable_input() => Outcome::Unreadable,
        () => Outcome::Clean,
    })
}

fn write(
    report: &Report<'_>,
    args: &CheckArgs,
    terminal: Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    let quiet = args.quiet && report.findings.is_empty() && report.unreadable.is_empty();
    match args.format {
        Format::Human | Format::Concise if quiet => Ok(()),
        Format::Human => {
            let Terminal { color, unicode, width, hyperlinks } = terminal;
            human::write(report, human::Options { color, unicode, width, hyperlinks }, out)
        }
        Format::Concise => concise::write(report, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
    }
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
