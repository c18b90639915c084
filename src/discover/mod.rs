//! Finds the inputs of a run and reads them.
//!
//! [`discover`] walks directories and turns what a user named into a sorted list of files, each
//! accounted for: found, skipped with a reason, or unreadable with a message. [`read`] turns one
//! of them into text. This is the only module that lists a directory, and it does not look at
//! what a text means: a YAML file that has nothing to do with networks is found all the same.
//!
//! What a directory holds, in short:
//! - files whose names [`names`] knows; a file that is named on the command line is read
//!   whatever its name;
//! - not what `.gitignore` (inside a repository), `.ignore` and the user's own ignore file leave
//!   out, as ripgrep reads them; that is silent, because it is how people say "not mine";
//! - hidden files and directories too (`.github`, `.config`), but not the stores of version
//!   control systems and of Terraform;
//! - not what `exclude` leaves out, which is reported, and which does not touch a path that is
//!   named on the command line;
//! - no symbolic links, because they lead out of the tree or to a file that is found anyway; a
//!   link that is named on the command line is followed;
//! - nothing but regular files: reading a pipe or a device could take forever.

mod globs;
mod names;
mod read;
mod roots;
mod traps;
mod tree;
mod walk;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use globs::files_matching;
pub use read::{Content, LONGEST, decode, read};
use roots::Root;
pub use tree::{Roots, Tree, discover_in};

/// What `-` on the command line is called in reports.
const STDIN_DISPLAY: &str = "<stdin>";

/// An input that [`read`] can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The path to open; `-` for standard input.
    pub path: PathBuf,
    /// The path for people and programs: relative to the working directory where it lies below
    /// it, with `/`, without a leading `./`. What is not UTF-8 in a name shows as `U+FFFD`.
    pub display: String,
    /// Named on the command line, rather than found in a directory.
    pub explicit: bool,
}

impl Found {
    pub fn is_stdin(&self) -> bool {
        // A file of that name is `./-`, and never a bare `-`.
        self.path.as_os_str() == "-"
    }
}

/// Tells whether a displayed path is not to be looked at; a directory's comes with and without the
/// `/` at its end.
pub type Exclude = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// How to look for inputs.
#[derive(Clone)]
pub struct Options {
    /// Absolute. Roots are relative to it, and so is what is displayed.
    pub working_directory: PathBuf,
    /// Matched against the displayed path; of a directory also with a `/` at the end, so that
    /// `vendor`, `vendor/` and `vendor/**` all keep the walk from entering `vendor`.
    pub exclude: Exclude,
    /// The file that standard input stands for. It takes the place of that file when a root
    /// holds it too, as an editor wants that checks a text which is not saved yet.
    pub stdin_filename: Option<PathBuf>,
    /// Threads to walk with; 0 leaves it to the machine.
    pub threads: usize,
}

impl Options {
    /// No excludes, no name for standard input, as many threads as the machine has.
    pub fn new(working_directory: impl Into<PathBuf>) -> Options {
        Options {
            working_directory: working_directory.into(),
            exclude: Arc::new(|_| false),
            stdin_filename: None,
            threads: 0,
        }
    }
}

/// All that lies below the roots and could be an input, in an order that depends on nothing but
/// the names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// By displayed path, each file once, however many roots lead to it.
    pub files: Vec<Found>,
    /// Displayed path, with a `/` at the end for a directory, and the reason: `excluded`,
    /// `symlink` or `not-a-file` (a pipe, a socket, a device).
    pub skipped: Vec<(String, &'static str)>,
    /// Displayed path of a file or directory, and what the system said.
    pub unreadable: Vec<(String, String)>,
}

/// Why there is nothing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoverError {
    /// The first root that does not exist, as it was given.
    Missing { root: PathBuf, help: String },
}

impl DiscoverError {
    pub fn help(&self) -> &str {
        let DiscoverError::Missing { help, .. } = self;
        help
    }
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DiscoverError::Missing { root, .. } = self;
        write!(formatter, "`{}` does not exist", slashes(root))
    }
}

impl std::error::Error for DiscoverError {}

/// Lists the inputs that the roots name: files, directories, and `-` for standard input.
///
/// Fails only when a root does not exist; every other trouble is part of the result.
pub fn discover(roots: &[PathBuf], options: &Options) -> Result<Discovered, DiscoverError> {
    let mut inputs = Vec::new();
    let mut directories = Vec::new();
    let mut discovered = Discovered::default();
    for root in roots {
        match roots::locate(root, options)? {
            Root::Input(input) => inputs.push(input),
            Root::Directory(directory) => directories.push(directory),
            Root::Unreadable { display, message } => discovered.unreadable.push((display, message)),
        }
    }
    walk::walk(&directories, options, &mut inputs, &mut discovered);

    discovered.files = without_duplicates(inputs);
    let displays: Vec<&str> = discovered.files.iter().map(|found| &*found.display).collect();
    // A link in a directory may be a root as well, and then it is read.
    discovered.skipped.retain(|(path, _)| displays.binary_search(&&**path).is_err());
    discovered.skipped.sort_unstable();
    discovered.skipped.dedup();
    discovered.unreadable.sort_unstable();
    discovered.unreadable.dedup();
    Ok(discovered)
}

/// A file together with what tells it from all others.
#[derive(Debug)]
struct Input {
    /// Absolute, without links.
    canonical: PathBuf,
    found: Found,
}

/// One file for each canonical path, sorted by displayed path.
fn without_duplicates(mut inputs: Vec<Input>) -> Vec<Found> {
    // The first of equal files stays: standard input, or else the name that the user gave.
    inputs.sort_unstable_by(|a, b| {
        let rank = |found: &Found| (!found.is_stdin(), !found.explicit);
        let by_name = || a.found.display.cmp(&b.found.display);
        a.canonical
            .cmp(&b.canonical)
            .then_with(|| rank(&a.found).cmp(&rank(&b.found)))
            .then_with(by_name)
    });
    inputs.dedup_by(|later, first| later.canonical == first.canonical);
    let mut files: Vec<Found> = inputs.into_iter().map(|input| input.found).collect();
    // Two names that are not UTF-8 may look the same.
    files.sort_unstable_by(|a, b| a.display.cmp(&b.display).then_with(|| a.path.cmp(&b.path)));
    files
}

/// A path as text, with `/` on every system.
fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// What the system says about an error, the way our own messages sound.
fn system_message(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// What a thing that is not a regular file is.
fn kind_of(file_type: std::fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a named pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return "a device";
        }
    }
    if file_type.is_dir() { "a directory" } else { "something else" }
}

#[cfg(test)]
mod tests;
