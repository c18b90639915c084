//! `netvet check`.

use std::io::{self, Write};

use super::args::{CheckArgs, Format};
use super::inspect::{self, Asked, Inspection};
use super::{Error, Outcome, Terminal, baseline, fixing, output};
use crate::check::Analysis;
use crate::check::report::{Beside, View, report};
use crate::render::Program;
use crate::report::{Report, Summary};

pub fn run(args: &CheckArgs, terminal: Terminal, out: &mut dyn Write) -> Result<Outcome, Error> {
    output::check_report_files(&args.report)?;
    let write = output::writer(args)?;
    let baseline = baseline::read(args)?;
    let (mut inspection, fixed) = match args.fix || args.diff {
        true => fixing::inspect(args, baseline.as_ref())
            .map(|(inspection, fixed)| (inspection, Some(fixed)))?,
        false => (inspect::inspect(&args.input, Asked::of(args))?, None),
    };
    if let Some(fixed) = fixed.as_ref().filter(|_| args.diff) {
        fixing::tell(fixed, args, &mut io::stderr().lock())?;
        fixing::diff(&fixed.files, terminal.color, out)?;
        return Ok(match () {
            () if !fixed.files.is_empty() => Outcome::Findings,
            () if inspection.analysis.has_unreadable_input() => Outcome::Incomplete,
            () => Outcome::Clean,
        });
    }
    let adopted = baseline::settle(args, baseline, &mut inspection)?;
    let Inspection { rules, mut analysis, suppressed, existing, skipped, unreadable, .. } =
        inspection;
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
    let baseline = adopted.held;
    let beside = Beside { skipped, unreadable, suppressed, existing, baseline };
    let mut report = report(&analysis, kept, beside, &view);
    report.summary.fixed = fixed.as_ref().map_or(0, |fixed| fixed.count);
    report.summary.outdated = adopted.outdated.len();
    if args.verbose {
        list_skipped(&report)?;
        baseline::list_outdated(&adopted.outdated)?;
        tell_unrendered(&analysis)?;
    }
    // First, so that nobody who closes the pipe early goes without them.
    output::write_report_files(&report, &args.report)?;
    let is_quiet = args.quiet && report.findings.is_empty() && report.unreadable.is_empty();
    let is_quiet = is_quiet && matches!(args.format, Format::Human | Format::Concise);
    let mut err = io::stderr().lock();
    let mut out = out;
    if let Some(fixed) = &fixed {
        fixing::tell(fixed, args, &mut err)?;
        // Standard output is for the text of standard input then.
        if let Some(text) = fixed.text_of_stdin() {
            out.write_all(text.as_bytes())?;
            out = &mut err;
        }
    }
    if !is_quiet {
        write(&report, args.format, terminal, out)?;
    }
    Ok(match () {
        () if fixed.is_some_and(|fixed| !fixed.kept.is_empty()) => Outcome::Incomplete,
        () if fails => Outcome::Findings,
        () if analysis.has_unreadable_input() => Outcome::Incomplete,
        () => Outcome::Clean,
    })
}

/// What was read as it lies there, although another program makes something of it.
fn tell_unrendered(analysis: &Analysis) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for (path, program) in analysis.unrendered() {
        let path = crate::report::printable(path);
        let what = match program {
            Program::Kustomize => "what it makes of other files is not seen",
            Program::Helm => "its templates are not seen",
        };
        let option = program.name();
        writeln!(err, "not rendered {path}: {what}; `--render {option}` renders it")?;
    }
    Ok(())
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
