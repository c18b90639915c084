//! Ignore files that the walker must not open.
//!
//! The walker opens every `.gitignore` and `.ignore` that it meets, reads it whole and compiles
//! each line. In a repository these can be links to a pipe or to a device without an end, and
//! many of them above each other can take gigabytes. So each is looked at before its directory
//! is entered. A directory that holds such a file is not entered at all, and is reported.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::kind_of;

/// Bytes of all ignore files that hold in one directory: its own, and those of all directories
/// above. Compiled, this much takes up to half a second and 250 MB. Git's own limit is 100 MiB
/// for each file.
pub(super) const MOST_IN_FORCE: u64 = 512 << 10;

/// Why a directory cannot be entered.
#[derive(Debug)]
pub(super) struct Trap {
    pub file: PathBuf,
    pub message: String,
}

/// What is known about the ignore files of a tree.
#[derive(Debug)]
pub(super) struct IgnoreFiles {
    /// Bytes in force in the directories that have ignore files of their own.
    in_force: Mutex<HashMap<PathBuf, u64>>,
}

impl IgnoreFiles {
    /// Of a directory whose parents' ignore files hold as well.
    pub fn of_root(canonical: &Path) -> Result<IgnoreFiles, Trap> {
        let files = IgnoreFiles { in_force: Mutex::default() };
        let mut directories: Vec<&Path> = canonical.ancestors().collect();
        directories.reverse();
        directories.into_iter().try_for_each(|directory| files.enter(directory))?;
        Ok(files)
    }

    /// Whether the walker may enter a directory below the root, given below its canonical path.
    pub fn enter(&self, directory: &Path) -> Result<(), Trap> {
        let weights = weigh(directory)?;
        let Some((last, _)) = weights.last() else { return Ok(()) };
        let own: u64 = weights.iter().map(|(_, bytes)| bytes).sum();
        let mut in_force = self.in_force.lock().expect("internal error: a panic in the walk");
        let above = directory.ancestors().skip(1).find_map(|above| in_force.get(above));
        let total = own + above.unwrap_or(&0);
        if total > MOST_IN_FORCE {
            let problem = format!(
                "{total} bytes of ignore files hold here, and {MOST_IN_FORCE} is the limit"
            );
            return Err(trap(last, &problem));
        }
        in_force.insert(directory.to_owned(), total);
        Ok(())
    }
}

fn trap(file: &Path, problem: &str) -> Trap {
    Trap { file: file.to_owned(), message: format!("{problem}; its directory is passed over") }
}

/// The files that the walker opens when it enters a directory, with their lengths.
fn weigh(directory: &Path) -> Result<Vec<(PathBuf, u64)>, Trap> {
    let mut weights = Vec::new();
    for name in [".ignore", ".gitignore", ".git"] {
        weigh_one(directory.join(name), &mut weights)?;
    }
    let git = directory.join(".git");
    let weighed = weights.iter().any(|(file, _)| *file == git);
    if !weighed && git.is_dir() {
        weigh_one(git.join("info/exclude"), &mut weights)?;
    }
    let line = if weighed { line_of(&git) } else { None };
    if let Some(own) = line.as_deref().and_then(|line| line.strip_prefix("gitdir: ")) {
        // In a worktree two files lead to the directory that all worktrees share:
        // https://git-scm.com/docs/gitrepository-layout
        let common = Path::new(own).join("commondir");
        weigh_one(common.clone(), &mut weights)?;
        if let Some(line) = line_of(&common) {
            let shared =
                if line.starts_with('.') { Path::new(own).join(line) } else { line.into() };
            weigh_one(shared.join("info/exclude"), &mut weights)?;
        }
    }
    Ok(weights)
}

/// Adds a file unless it does not exist, or is a directory, which cannot be read.
fn weigh_one(file: PathBuf, weights: &mut Vec<(PathBuf, u64)>) -> Result<(), Trap> {
    match fs::metadata(&file) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MOST_IN_FORCE => {
            weights.push((file, metadata.len()));
            Ok(())
        }
        Ok(metadata) if metadata.is_file() => {
            let problem = format!("{} bytes, and {MOST_IN_FORCE} is the limit", metadata.len());
            Err(trap(&file, &problem))
        }
        Ok(metadata) if !metadata.is_dir() => {
            Err(trap(&file, &format!("{}, not a file", kind_of(metadata.file_type()))))
        }
        _ => Ok(()),
    }
}

/// The first line of a file that was weighed.
fn line_of(file: &Path) -> Option<String> {
    fs::read_to_string(file).ok()?.lines().next().map(str::to_owned)
}
