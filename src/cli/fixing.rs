//! `netvet check --fix` and `--diff`: fixes in memory, and then in the files or on the terminal.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};
use similar::{ChangeTag, TextDiff};

use super::Failure;
use super::args::{CheckArgs, Format};
use super::baseline;
use super::inspect::{self, Again, Asked, Inspection, Run};
use super::replace::Replacement;
use crate::check::Analysis;
use crate::check::baseline::hold;
use crate::config::PathBase;
use crate::diagnostic::{Safety, Severity};
use crate::discover::{Content, Found};
use crate::fix::{Fixer, ROUNDS, Refused, Texts};
use crate::report::{counted, printable};
use crate::source::{FileId, Sources};
use crate::suppress::baseline::Baseline;

/// Which findings are to be fixed.
pub struct Wanted<'w> {
    /// The least safe fix.
    pub allowed: Safety,
    /// What is not shown is not fixed.
    pub min_severity: Severity,
    /// What holds findings back, and how its paths are meant.
    pub baseline: Option<(&'w Baseline, PathBase)>,
}

/// What became of fixing.
pub struct Fixed {
    /// How many findings were fixed.
    pub count: usize,
    /// Those that changed, in the order of their paths.
    pub files: Vec<FixedFile>,
    /// The displayed paths of those that had to stay as they are, and why.
    pub kept: Vec<(String, String)>,
    pub refused: Vec<Refused>,
    /// The text of standard input after fixing, when that is an input.
    stdin: Option<String>,
}

impl Fixed {
    /// What standard input is once it is fixed.
    pub fn text_of_stdin(&self) -> Option<&str> {
        self.stdin.as_deref()
    }
}

pub struct FixedFile {
    pub found: Found,
    pub before: String,
    pub after: String,
}

/// Is given the files that changed, and says which of them cannot, by their index, and why.
pub type Write<'w> = &'w mut dyn FnMut(&[FixedFile]) -> Vec<(usize, String)>;

/// Checks what the arguments name, and fixes it in the files unless a diff is asked for.
pub fn inspect(
    args: &CheckArgs,
    baseline: Option<&Baseline>,
) -> Result<(Inspection, Fixed), Failure> {
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    let paths = &args.input.paths;
    if args.prints_fixed_text() && !paths.iter().all(is_stdin) {
        return Err(Failure::new("standard input is fixed alone, and there are other paths").help(
            "the fixed text of standard input is printed; fix the others in a run of their own",
        ));
    }
    let allowed = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let baseline = match (baseline, &args.baseline) {
        (Some(baseline), Some(path)) => Some((baseline, baseline::base(path)?)),
        _ => None,
    };
    let wanted = Wanted { allowed, min_severity: args.min_severity.severity(), baseline };
    let mut late = Vec::new();
    let mut write = |files: &[FixedFile]| match args.diff {
        true => Vec::new(),
        false => replace(files, &mut late),
    };
    let (inspection, mut fixed) =
        inspect::inspect_and_fix(&args.input, Asked::of(args), &wanted, &mut write)?;
    fixed.kept.extend(late);
    Ok((inspection, fixed))
}

/// Replaces all files, or none when one cannot be: then it gives their indices, with the reasons.
/// What fails after that, when others are replaced already, goes to `late`.
fn replace(files: &[FixedFile], late: &mut Vec<(String, String)>) -> Vec<(usize, String)> {
    let mut replacements: Vec<(&FixedFile, Replacement)> = Vec::new();
    let mut failed = Vec::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| !file.found.is_stdin()) {
        let prepared = Replacement::prepare(&file.found.path, &file.before, &file.after);
        let same = prepared.as_ref().ok().and_then(|new| {
            let mut others = replacements.iter();
            others.find(|(_, other)| other.target() == new.target()).map(|(other, _)| *other)
        });
        match (prepared, same) {
            // Two names of one file.
            (Ok(_), Some(other)) if other.after == file.after => {}
            (Ok(_), Some(other)) => {
                failed.push((index, format!("it is the same file as `{}`", other.found.display)));
            }
            (Ok(replacement), None) => replacements.push((file, replacement)),
            (Err(why), _) => failed.push((index, why)),
        }
    }
    if failed.is_empty() {
        for (file, replacement) in replacements {
            if let Err(why) = replacement.commit() {
                late.push((file.found.display.clone(), why));
            }
        }
    }
    failed
}

/// Fixes what was found, and checks anew, until nothing changes. Files that `write` keeps stay as
/// they are, and so does what could be fixed only together with them.
pub fn fix<T>(
    first: Run<T>,
    found: &[Found],
    again: Again<'_, T>,
    wanted: &Wanted<'_>,
    write: Write<'_>,
) -> Result<(Fixed, Run<T>), Failure> {
    // The configuration, which is not fixed, is the first of the sources.
    let offset = first.analysis.sources.len() - found.len();
    let file_of = |index: usize| FileId::new((offset + index) as u32);
    let contents = contents(&first.analysis, offset);
    let mut kept: BTreeMap<FileId, String> = BTreeMap::new();
    loop {
        let config = (0..offset).map(|index| FileId::new(index as u32));
        let mut fixer = Fixer::new(wanted.allowed, config.chain(kept.keys().copied()));
        let mut texts = Texts::new();
        let mut latest = None;
        for _ in 0..ROUNDS {
            let analysis = &latest.as_ref().unwrap_or(&first).analysis;
            let changed = round(&mut fixer, analysis, wanted);
            if changed.is_empty() {
                break;
            }
            texts.extend(changed);
            latest = Some(again(&|index| match texts.get(&file_of(index)) {
                Some(text) => Content::Text(text.clone()),
                None => contents(index),
            })?);
        }
        let mut files = Vec::new();
        for (index, found) in found.iter().enumerate() {
            let before = first.analysis.sources.get(file_of(index)).text();
            if let Some(after) = texts.remove(&file_of(index)).filter(|after| after != before) {
                files.push((
                    file_of(index),
                    FixedFile { found: found.clone(), before: before.to_owned(), after },
                ));
            }
        }
        let (ids, files): (Vec<FileId>, Vec<FixedFile>) = files.into_iter().unzip();
        let failed = write(&files);
        if failed.is_empty() {
            let sources = &first.analysis.sources;
            let kept = kept.into_iter();
            let stdin = found.iter().position(Found::is_stdin).map(|index| {
                let fixed = files.iter().find(|file| file.found.is_stdin());
                let before = || sources.get(file_of(index)).text();
                fixed.map_or_else(before, |file| &file.after).to_owned()
            });
            let fixed = Fixed {
                stdin,
                count: fixer.fixed,
                files,
                kept: kept.map(|(id, why)| (sources.get(id).path().to_owned(), why)).collect(),
                refused: fixer.refused.into_iter().collect(),
            };
            return Ok((fixed, latest.unwrap_or(first)));
        }
        kept.extend(failed.into_iter().map(|(index, why)| (ids[index], why)));
    }
}

fn round(fixer: &mut Fixer, analysis: &Analysis, wanted: &Wanted<'_>) -> Texts {
    let held = match &wanted.baseline {
        Some((baseline, base)) => hold(analysis, baseline, base).0,
        None => FxHashSet::default(),
    };
    let findings = analysis.findings.iter().map(|found| &found.diagnostic).enumerate();
    let shown = findings.filter(|(index, diagnostic)| {
        diagnostic.severity >= wanted.min_severity && !held.contains(index)
    });
    fixer.round(&analysis.sources, shown.map(|(_, diagnostic)| diagnostic))
}

/// What the inputs held when they were read: standard input is read once, and a file may change.
fn contents(analysis: &Analysis, offset: usize) -> impl Fn(usize) -> Content + Sync + use<> {
    let unread: FxHashMap<&str, &Content> =
        analysis.unread.iter().map(|unread| (unread.path.as_str(), &unread.content)).collect();
    let sources: &Sources = &analysis.sources;
    let contents: Vec<Content> = sources
        .iter()
        .skip(offset)
        .map(|(_, source)| match unread.get(source.path()) {
            Some(content) => (*content).clone(),
            None => Content::Text(source.text().to_owned()),
        })
        .collect();
    move |index| contents[index].clone()
}

/// What a person is told beside the report: what was not fixed, and how much was.
pub fn tell(fixed: &Fixed, args: &CheckArgs, err: &mut dyn io::Write) -> io::Result<()> {
    for (path, why) in &fixed.kept {
        writeln!(err, "error: `{}` is not fixed: {}", printable(path), printable(why))?;
    }
    for Refused { path, rule, title } in &fixed.refused {
        let (path, title) = (printable(path), printable(title));
        writeln!(err, "warning: `{rule}` would break `{path}` with the fix \"{title}\"")?;
    }
    // The formats for people say it themselves.
    let is_said = !args.diff && matches!(args.format, Format::Human | Format::Concise);
    if args.quiet || is_said {
        return Ok(());
    }
    let verb = if args.diff { "would fix" } else { "fixed" };
    let (findings, files) = (counted(fixed.count, "finding"), counted(fixed.files.len(), "file"));
    writeln!(err, "{verb} {findings} in {files}")
}

/// As `diff -u` writes it. In colour it is for people: what would steer a terminal is made
/// visible then, and kept as it is for `patch`.
pub fn diff(files: &[FixedFile], color: bool, out: &mut dyn io::Write) -> io::Result<()> {
    for file in files {
        let path = printable(&file.found.display);
        let diff = TextDiff::from_lines(&file.before, &file.after);
        if !color {
            let mut unified = diff.unified_diff();
            unified.context_radius(3).header(&path, &path);
            write!(out, "{unified}")?;
            continue;
        }
        writeln!(out, "\u{1b}[1m--- {path}\n+++ {path}\u{1b}[0m")?;
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            writeln!(out, "\u{1b}[36m{}\u{1b}[0m", hunk.header())?;
            for change in hunk.iter_changes() {
                let (start, end) = match change.tag() {
                    ChangeTag::Delete => ("\u{1b}[31m-", "\u{1b}[0m"),
                    ChangeTag::Insert => ("\u{1b}[32m+", "\u{1b}[0m"),
                    ChangeTag::Equal => (" ", ""),
                };
                let line = change.value().trim_end_matches(['\n', '\r']);
                writeln!(out, "{start}{}{end}", printable(line))?;
            }
        }
    }
    Ok(())
}
