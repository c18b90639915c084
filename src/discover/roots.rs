//! What a path on the command line names.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::{
    DiscoverError, Found, Input, Options, STDIN_DISPLAY, kind_of, slashes, system_message,
};

/// A path of the command line, looked at.
pub(super) enum Root {
    Input(Input),
    Directory(Directory),
    Unreadable { display: String, message: String },
}

/// A directory to walk.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub path: PathBuf,
    /// Absolute, without links.
    pub canonical: PathBuf,
    /// Empty for the working directory itself.
    pub display: String,
}

impl Directory {
    /// The path below this directory of something that the walk found there.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.path).unwrap_or(path)
    }

    /// How something below this directory is displayed; `.` for the working directory.
    pub fn display(&self, relative: &Path) -> String {
        let relative = slashes(relative);
        match (&*self.display, &*relative) {
            ("", "") => ".".to_owned(),
            ("", _) => relative,
            (display, "") => display.to_owned(),
            (display, _) if display.ends_with('/') => format!("{display}{relative}"),
            (display, _) => format!("{display}/{relative}"),
        }
    }
}

pub(super) fn locate(root: &Path, options: &Options) -> Result<Root, DiscoverError> {
    if root.as_os_str() == "-" {
        return Ok(Root::Input(stdin(options)));
    }
    let path = absolute(root, options);
    let display = display(root, options);
    let unreadable = |message: String| {
        let display = if display.is_empty() { ".".to_owned() } else { display.clone() };
        Ok(Root::Unreadable { display, message })
    };
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return unreadable(system_message(&error));
        }
        Err(_) if path.is_symlink() => {
            return unreadable("a symbolic link to something that does not exist".to_owned());
        }
        Err(_) => {
            let help = help_for_missing(root, &path);
            return Err(DiscoverError::Missing { root: root.to_owned(), help });
        }
    };
    let canonical = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    if metadata.is_dir() {
        return Ok(Root::Directory(Directory { path, canonical, display }));
    }
    if !metadata.is_file() {
        let kind = kind_of(metadata.file_type());
        return unreadable(format!("{kind}, not a file; standard input is read as `-`"));
    }
    Ok(Root::Input(Input { canonical, found: Found { path, display, explicit: true } }))
}

fn stdin(options: &Options) -> Input {
    let path = PathBuf::from("-");
    let (canonical, display) = match &options.stdin_filename {
        None => (path.clone(), STDIN_DISPLAY.to_owned()),
        Some(name) => {
            let file = absolute(name, options);
            (fs::canonicalize(&file).unwrap_or(file), display(name, options))
        }
    };
    Input { canonical, found: Found { path, display, explicit: true } }
}

fn absolute(path: &Path, options: &Options) -> PathBuf {
    if path.as_os_str().is_empty() {
        return PathBuf::new();
    }
    without_dots(&options.working_directory.join(path))
}

/// Without `.`, which says nothing. `..` stays: behind a link it is not the directory above.
fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|component| *component != Component::CurDir).collect()
}

/// Empty for the working directory itself.
fn display(root: &Path, options: &Options) -> String {
    let working_directory = &options.working_directory;
    let below = |path: &Path, directory: &Path| path.strip_prefix(directory).ok().map(slashes);

    let path = without_dots(&working_directory.join(root));
    if !path.components().any(|component| component == Component::ParentDir)
        && let Some(relative) = below(&path, working_directory)
    {
        return relative;
    }
    // Only now is it worth asking where things really lie: `../here/a.yaml` may be `a.yaml`, and
    // an absolute path may lead here by another name. A last name that is a link keeps its name.
    let really = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => fs::canonicalize(parent).map(|parent| parent.join(name)),
        _ => fs::canonicalize(&path),
    };
    if let (Ok(really), Ok(here)) = (really, fs::canonicalize(working_directory))
        && let Some(relative) = below(&really, &here)
    {
        return relative;
    }
    slashes(&without_dots(root))
}

/// How many names of a directory are compared with one that does not exist.
const NAMES_TO_COMPARE: usize = 10_000;

fn help_for_missing(root: &Path, path: &Path) -> String {
    if root.as_os_str().is_empty() {
        return "the path is empty, perhaps from a variable that is not set".to_owned();
    }
    if slashes(root).contains(['*', '?', '[']) {
        return "patterns are for the shell to expand; a directory is walked when it is named"
            .to_owned();
    }
    let Some((directory, name)) = path.ancestors().find_map(|missing| {
        let directory = missing.parent().filter(|parent| parent.is_dir())?;
        Some((directory, missing.file_name()?.to_string_lossy()))
    }) else {
        return "paths are relative to the working directory".to_owned();
    };
    let names = fs::read_dir(directory).into_iter().flatten().flatten().take(NAMES_TO_COMPARE);
    let similar = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|candidate| (strsim::damerau_levenshtein(&candidate, &name), candidate))
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 5)
        .min();
    let directory = slashes(directory);
    match similar {
        Some((_, candidate)) => {
            format!("`{directory}` holds no `{name}`, but it holds `{candidate}`")
        }
        None => format!("`{directory}` holds no `{name}`"),
    }
}
