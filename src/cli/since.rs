//! `netvet check --since`: takes out the findings that were there at a commit of git.
//!
//! What the commit holds is found, read and checked like the files on disk, so that a finding
//! counts as brought by the change also where its cause lies in another file. What netvet.yaml
//! says about clusters and leaves out is taken from the commit, too; which rules run and how they
//! are set is the same for both.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::Failure;
use crate::check::compare::{Marks, brought};
use crate::check::{self, Analysis, Request, ignores};
use crate::config::{Config, Known};
use crate::diagnostic::Severity;
use crate::discover::{self, Content, Options, Roots};
use crate::git::{Commit, Files, Trouble};
use crate::source::FileId;

/// A commit to compare with, and which of its files are looked at.
pub struct Since<'s> {
    commit: Commit,
    roots: Roots,
    options: &'s Options,
    /// What was found at the commit; a run that fixes looks at it after each round.
    past: OnceLock<Marks>,
}

/// The run whose findings are looked at.
pub struct Present<'p> {
    pub request: &'p Request<'p>,
    pub known: &'p Known,
    /// See [`ignores::settle`].
    pub complete: bool,
    /// Where the configuration lies.
    pub config: Option<&'p Path>,
    /// The texts of the configuration and of custom rules, as [`check::analyse`] takes them.
    pub own: &'p [(String, String)],
}

impl Since<'_> {
    /// Finds the commit, before anything is checked.
    pub fn open<'s>(
        reference: &str,
        paths: &[PathBuf],
        options: &'s Options,
    ) -> Result<Since<'s>, Failure> {
        if paths.iter().any(|path| path.as_os_str() == "-") {
            let help = "give files and directories of a repository";
            let message = "standard input has no past that `--since` could compare with";
            return Err(Failure::new(message).help(help));
        }
        let roots = Roots::locate(paths, options)
            .map_err(|error| Failure::new(error.to_string()).help(error.help()))?;
        // A root says where the repository is, because it may be another directory's.
        let first = roots.canonical().next().unwrap_or(&options.working_directory);
        let directory = if first.is_dir() { first } else { first.parent().unwrap_or(first) };
        let commit = Commit::find(directory, reference)?;
        if let Some(outside) = roots.canonical().find(|root| !root.starts_with(commit.top())) {
            let (outside, top) = (outside.display(), commit.top().display());
            let message = format!("`{outside}` does not lie in the repository `{top}`");
            return Err(Failure::new(message).help("check one repository at a time"));
        }
        Ok(Since { commit, roots, options, past: OnceLock::new() })
    }

    /// Takes out the findings that were there, and gives their severities.
    pub fn take_out(
        &self,
        analysis: &mut Analysis,
        present: &Present<'_>,
    ) -> Result<Vec<Severity>, Failure> {
        if analysis.findings.is_empty() {
            return Ok(Vec::new());
        }
        let past = match self.past.get() {
            Some(past) => past,
            None => {
                let marks = self.marks(&self.commit.files()?, present)?;
                self.past.get_or_init(|| marks)
            }
        };
        let mut brought = brought(past, &Marks::of(analysis, &HashMap::new())).into_iter();
        let existing = analysis.findings.extract_if(.., |_| brought.next() == Some(false));
        Ok(existing.map(|found| found.diagnostic.severity).collect())
    }

    /// Checks the files of the commit.
    fn marks(&self, files: &Files, present: &Present<'_>) -> Result<Marks, Failure> {
        // Readers cannot fail, so the first failure is kept until they are done.
        let failed: Mutex<Option<Trouble>> = Mutex::new(None);
        let bytes = |path: &Path| {
            files.read(path).unwrap_or_else(|trouble| {
                let mut failed = failed.lock().expect("internal error: a panic while reading");
                failed.get_or_insert(trouble);
                None
            })
        };
        let found = discover::discover_in(&files.tree(&bytes), &self.roots, self.options);
        // Where the commit has none, or one with mistakes, there is nothing to compare with.
        let past = past_config(files, present)?;
        let mut own = present.own.to_vec();
        let config = match past.as_ref().zip(own.first_mut()) {
            Some(((past, config), (_, text))) => {
                text.clone_from(past);
                config
            }
            None => present.request.config,
        };
        let request = Request { config, ..*present.request };
        let paths = found.iter().map(|file| file.display.clone()).collect();
        let read = |index: usize| match bytes(&found[index].path) {
            Some(bytes) => discover::decode(bytes, &found[index]),
            None => Content::Skipped("empty"),
        };
        let (mut analysis, _) = check::analyse(own, paths, read, &request, |_| ());
        if let Some(trouble) = failed.into_inner().expect("internal error: a panic while reading") {
            return Err(trouble.into());
        }
        ignores::settle(&mut analysis, &request, present.known, present.complete);
        let display = |path: &PathBuf| self.roots.display(path);
        let renamed = files.renamed.iter();
        let renamed = renamed.filter_map(|(old, new)| Some((display(old)?, display(new)?)));
        Ok(Marks::of(&analysis, &renamed.collect()))
    }
}

/// The configuration at the commit, as far as it counts: see [`Config::as_of`].
fn past_config(files: &Files, present: &Present<'_>) -> Result<Option<(String, Config)>, Failure> {
    let Some(path) = present.config else { return Ok(None) };
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(text) = files.read(&path)?.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Ok(None);
    };
    let Ok(config) = Config::parse(&text, FileId::new(0), present.known) else { return Ok(None) };
    Ok(Some((text, present.request.config.as_of(config))))
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        let failure = Failure::new(trouble.message);
        match trouble.help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
