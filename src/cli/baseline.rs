//! `--baseline` and `--write-baseline`: which findings were there before, and which of them still
//! are.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::CheckArgs;
use super::inspect::Inspection;
use super::{Failure, new_file};
use crate::check::{self, baseline as held};
use crate::config::PathBase;
use crate::report::{counted, printable};
use crate::suppress::baseline::{Baseline, Mistake};

/// What a baseline did in a run.
#[derive(Default)]
pub struct Adopted {
    /// How many findings it held back; they are not in the analysis any more.
    pub held: usize,
    /// Entries that nothing matches any more.
    pub outdated: Baseline,
}

/// Reads the baseline, so that a mistake in it is told before anything is checked.
pub fn read(args: &CheckArgs) -> Result<Option<Baseline>, Failure> {
    let Some(path) = &args.baseline else { return Ok(None) };
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("cannot read the baseline `{}`: {error}", path.display()))
            .help("`netvet check --write-baseline FILE` writes one")
    })?;
    let known = check::known(check::rule_infos());
    let baseline = Baseline::parse(&text, &known).map_err(|mistake| {
        let Mistake { line, column, message } = mistake;
        Failure::new(format!("`{}` is not a baseline", path.display()))
            .details(vec![format!("{}:{line}:{column}: {message}", path.display())])
            .help("`netvet check --write-baseline FILE` writes one")
    })?;
    Ok(Some(baseline))
}

/// How the paths of a baseline are meant.
pub fn base(path: &Path) -> Result<PathBase, Failure> {
    let working_directory = working_directory()?;
    Ok(PathBase::new(&directory(&working_directory, path), &working_directory))
}

fn working_directory() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::new(format!("the working directory cannot be read: {error}")))
}

/// Takes out what the baseline holds back, and writes one if that is asked for. A baseline that is
/// written without another takes up all that is shown or fails; one that is written with another
/// keeps of that what is still found, and takes up nothing.
pub fn settle(
    args: &CheckArgs,
    baseline: Option<Baseline>,
    inspection: &mut Inspection,
) -> Result<Adopted, Failure> {
    let Some(path) = args.baseline.as_ref().or(args.write_baseline.as_ref()) else {
        return Ok(Adopted::default());
    };
    let shown = args.min_severity.severity();
    let least = args.fail_on.severity().map_or(shown, |fails| fails.min(shown));
    let skipped = inspection.skipped.iter().map(|skipped| skipped.path.as_str());
    let unreadable = inspection.unreadable.iter().map(|input| input.path.as_str());
    let working_directory = working_directory()?;
    let scope = held::Scope {
        directory: &directory(&working_directory, path),
        working_directory: &working_directory,
        ran: inspection.rules.iter().map(|active| active.info.id.as_str()).collect(),
        all_rules: args.select.is_empty() && args.ignore.is_empty(),
        complete: inspection.complete,
        skipped: skipped.chain(unreadable).collect(),
    };
    let analysis = &mut inspection.analysis;
    let shrinks = baseline.is_some();
    let baseline = baseline.unwrap_or_else(|| held::of(analysis, least, &scope));
    let (held, outdated) = held::settle(analysis, &baseline, &scope);
    let Some(path) = &args.write_baseline else { return Ok(Adopted { held, outdated }) };
    let gone = outdated.len();
    let kept = baseline.without(&outdated);
    new_file::write(path, |out| out.write_all(kept.text().as_bytes()))
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
    if !args.quiet {
        let path = printable(&path.display().to_string());
        let without = match shrinks {
            true => format!(", {gone} less than before"),
            false => String::new(),
        };
        // Nothing is left to tell whoever has closed standard error.
        let _ =
            writeln!(io::stderr(), "wrote {} to {path}{without}", counted(kept.len(), "finding"));
    }
    Ok(Adopted { held, outdated: Baseline::default() })
}

/// Names the entries that nothing matches any more.
pub fn list_outdated(outdated: &Baseline) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for (key, count) in outdated.entries() {
        let parts = [Some(&key.path), key.object.as_ref(), key.field.as_ref()];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let place = printable(&parts.join(" "));
        let times = if count > 1 { format!(", {count} times") } else { String::new() };
        writeln!(err, "no longer found: {}: {place}{times}", printable(&key.rule))?;
    }
    Ok(())
}

fn directory(working_directory: &Path, file: &Path) -> std::path::PathBuf {
    working_directory.join(file).parent().unwrap_or(working_directory).to_owned()
}
