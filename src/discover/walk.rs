//! Walks directories, on several threads.
//!
//! The walker is the one of ripgrep, and so are the rules of what is ignored.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::roots::Directory;
use super::traps::IgnoreFiles;
use super::{Discovered, Exclude, Found, Input, Options, names, slashes, system_message};

/// Adds what lies below the roots to the inputs and to the result.
pub(super) fn walk(
    roots: &[Directory],
    options: &Options,
    inputs: &mut Vec<Input>,
    discovered: &mut Discovered,
) {
    let targets: Arc<[PathBuf]> = roots.iter().map(|root| root.canonical.clone()).collect();
    for root in roots {
        let ignore_files = match IgnoreFiles::of_root(&root.canonical) {
            Ok(ignore_files) => ignore_files,
            Err(trap) => {
                let display = match trap.file.strip_prefix(&root.canonical) {
                    Ok(relative) => root.display(relative),
                    Err(_) => slashes(&trap.file),
                };
                discovered.unreadable.push((display, trap.message));
                continue;
            }
        };
        let (sender, receiver) = channel();
        let visit = Visit {
            root: root.clone(),
            roots: targets.clone(),
            exclude: options.exclude.clone(),
            ignore_files,
            sender,
        };
        walk_one(Arc::new(visit), options);
        // All threads are done, so everything they sent is there.
        for seen in receiver.try_iter() {
            match seen {
                Seen::Input(input) => inputs.push(input),
                Seen::Skipped(display, reason) => discovered.skipped.push((display, reason)),
                Seen::Unreadable(display, message) => {
                    discovered.unreadable.push((display, message));
                }
            }
        }
    }
}

fn walk_one(visit: Arc<Visit>, options: &Options) {
    let mut builder = WalkBuilder::new(&visit.root.path);
    builder
        .hidden(false)
        .follow_links(false)
        .threads(options.threads)
        .current_dir(&options.working_directory)
        .filter_entry({
            let visit = visit.clone();
            move |entry| visit.admits(entry)
        });
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => visit.entry(entry),
                Err(error) => visit.error(&error),
            }
            WalkState::Continue
        })
    });
}

enum Seen {
    Input(Input),
    Skipped(String, &'static str),
    Unreadable(String, String),
}

/// The walk of one root, as its threads share it.
struct Visit {
    root: Directory,
    /// Canonical paths of all roots of the run.
    roots: Arc<[PathBuf]>,
    exclude: Exclude,
    ignore_files: IgnoreFiles,
    sender: Sender<Seen>,
}

impl Visit {
    fn send(&self, seen: Seen) {
        self.sender.send(seen).expect("internal error: the walk outlives its receiver");
    }

    fn display(&self, path: &Path) -> String {
        self.root.display(self.root.relative(path))
    }

    /// Whether to go on with an entry; asked of a directory before its ignore files are read.
    fn admits(&self, entry: &DirEntry) -> bool {
        if !entry.file_type().is_some_and(|file_type| file_type.is_dir()) {
            return true;
        }
        if names::is_store(entry.file_name()) {
            return false;
        }
        let display = self.display(entry.path()) + "/";
        if (self.exclude)(&display) || (self.exclude)(display.trim_end_matches('/')) {
            self.send(Seen::Skipped(display, "excluded"));
            return false;
        }
        let relative = self.root.relative(entry.path());
        if let Err(trap) = self.ignore_files.enter(&self.root.canonical.join(relative)) {
            let file = trap.file.strip_prefix(&self.root.canonical).unwrap_or(relative);
            self.send(Seen::Unreadable(self.root.display(file), trap.message));
            return false;
        }
        true
    }

    fn entry(&self, entry: DirEntry) {
        let Some(file_type) = entry.file_type() else { return };
        if file_type.is_dir() {
            return;
        }
        if !names::is_input(entry.file_name()) {
            if file_type.is_symlink() {
                self.link_to_directory(entry.path());
            }
            return;
        }
        let display = self.display(entry.path());
        if (self.exclude)(&display) {
            self.send(Seen::Skipped(display, "excluded"));
        } else if file_type.is_symlink() {
            self.send(Seen::Skipped(display, "symlink"));
        } else if !file_type.is_file() {
            self.send(Seen::Skipped(display, "not-a-file"));
        } else {
            // No link lies between the root and the file, so this path is canonical.
            let canonical = self.root.canonical.join(self.root.relative(entry.path()));
            let found = Found { path: entry.into_path(), display, explicit: false };
            self.send(Seen::Input(Input { canonical, found }));
        }
    }

    /// A directory that a link leads to is worth a word when no root holds it.
    fn link_to_directory(&self, path: &Path) {
        let Ok(target) = fs::canonicalize(path) else { return };
        if target.is_dir() && !self.roots.iter().any(|root| target.starts_with(root)) {
            self.send(Seen::Skipped(self.display(path) + "/", "symlink"));
        }
    }

    fn error(&self, error: &ignore::Error) {
        if let Some((path, message)) = entry_error(error) {
            self.send(Seen::Unreadable(self.display(path.unwrap_or(&self.root.path)), message));
        }
    }
}

/// The path and message of an error about an entry of the tree. Errors about ignore files, which
/// have no depth in the tree, are none: a pattern that nobody understands leaves nothing out.
fn entry_error(error: &ignore::Error) -> Option<(Option<&Path>, String)> {
    let (mut error, mut path, mut in_tree) = (error, None, false);
    loop {
        match error {
            ignore::Error::WithDepth { err, .. } => (error, in_tree) = (err, true),
            ignore::Error::WithPath { path: at, err } => (error, path) = (err, Some(&**at)),
            ignore::Error::Io(io) if in_tree => return Some((path, system_message(io))),
            _ => return None,
        }
    }
}
