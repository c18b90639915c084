//! Files as they are at a commit, read by the `git` of this machine.
//!
//! Only commands that read are run: the index, the working copy and the references stay as they
//! are, no hook, filter or monitor is started, and nothing is fetched. What files mean, and which
//! of them matter, is not known here.

mod blobs;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use blobs::Blobs;

use crate::discover::Tree;
use crate::process::{self, Limits};

/// Listing a large repository takes seconds; what takes longer than this has come to a halt.
const LIMITS: Limits = Limits { time: Duration::from_secs(300), output: 1 << 30 };

/// Submodules inside submodules are followed this far.
const DEEPEST: usize = 8;

/// What an ignore file of git's own may have, in bytes; it is read by the walk, too.
const LONGEST_EXCLUDE: u64 = 512 << 10;

/// What git could not do, with a remedy.
#[derive(Debug)]
pub struct Trouble {
    pub message: String,
    pub help: Option<String>,
}

impl Trouble {
    fn new(message: impl Into<String>, help: Option<&str>) -> Trouble {
        Trouble { message: message.into(), help: help.map(str::to_owned) }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A commit of the repository that a directory belongs to.
#[derive(Debug)]
pub struct Commit {
    /// The directory of the working copy: absolute, without links.
    top: PathBuf,
    id: String,
}

/// All files of a commit, those of its submodules among them.
#[derive(Default)]
pub struct Files {
    /// By absolute path, as if they lay in the working copy; sorted.
    files: Vec<(PathBuf, File)>,
    repositories: Vec<Repository>,
    /// Where a file lies now, of those that git takes for renamed.
    pub renamed: HashMap<PathBuf, PathBuf>,
}

/// A regular file.
struct File {
    repository: usize,
    id: String,
}

/// The one of the commit, or that of a submodule.
struct Repository {
    top: PathBuf,
    exclude: String,
    blobs: Blobs,
}

impl Commit {
    /// The commit that a reference names in the repository of a directory.
    ///
    /// # Errors
    ///
    /// There is no git, no repository with a working copy, or no such commit.
    pub fn find(directory: &Path, reference: &str) -> Result<Commit, Trouble> {
        check_reference(reference)?;
        let output = run(directory, &["rev-parse", "--show-toplevel"])?;
        let Ok(top) = output else {
            let message = format!("`{}` lies in no repository of git", directory.display());
            return Err(Trouble::new(message, output.err().as_deref()));
        };
        let top = line_as_path(top);
        let top = fs::canonicalize(&top).unwrap_or(top);
        let commit = format!("{reference}^{{commit}}");
        let output = run(&top, &["rev-parse", "--verify", "--quiet", &commit])?;
        let Ok(id) = output else {
            let is_shallow = run(&top, &["rev-parse", "--is-shallow-repository"])?
                .is_ok_and(|answer| answer.starts_with(b"true"));
            let help = match () {
                () if reference.bytes().all(|byte| byte == b'0') => {
                    "a push that creates a branch has no commit before it"
                }
                () if is_shallow => {
                    "this is a shallow clone, which holds few commits: fetch more with `git fetch \
                     --unshallow`, or with `fetch-depth: 0` of actions/checkout"
                }
                () => "it is a branch, a tag or a commit of this repository, such as `origin/main`",
            };
            return Err(Trouble::new(format!("git knows no commit `{reference}`"), Some(help)));
        };
        let id = String::from_utf8_lossy(&id).trim().to_owned();
        Ok(Commit { top, id })
    }

    /// Absolute, without links.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Lists the files of the commit.
    ///
    /// # Errors
    ///
    /// Git fails, or a submodule that is checked out has no commit as this one asks for.
    pub fn files(&self) -> Result<Files, Trouble> {
        let mut files = Files::default();
        files.add(&self.top, &self.id, 0)?;
        let sparse = outside_sparse_checkout(&self.top)?;
        files.files.retain(|(path, _)| sparse.binary_search(path).is_err());
        files.files.sort_by(|a, b| a.0.cmp(&b.0));
        files.renamed = self.renamed()?;
        Ok(files)
    }

    /// What git takes for renamed between the commit and its index: old path to new path. The
    /// working copy is not looked at, because that would run filters.
    fn renamed(&self) -> Result<HashMap<PathBuf, PathBuf>, Trouble> {
        let arguments = [
            "diff-index",
            "--cached",
            "-M",
            "--diff-filter=R",
            "--name-status",
            "--no-ext-diff",
            "--no-textconv",
            "-z",
            &self.id,
        ];
        let listed = demand(&self.top, &arguments)?;
        let parts: Vec<&[u8]> = listed.split(|byte| *byte == 0).collect();
        let (triples, _) = parts.as_chunks::<3>();
        let pairs = triples
            .iter()
            .filter_map(|[_, old, new]| Some((below(&self.top, old)?, below(&self.top, new)?)));
        Ok(pairs.collect())
    }
}

impl Files {
    /// Adds the files of a commit, and of those that it names for submodules.
    fn add(&mut self, top: &Path, id: &str, depth: usize) -> Result<(), Trouble> {
        let listed = demand(top, &["ls-tree", "-r", "-z", "--full-tree", id])?;
        let own = line_as_path(demand(top, &["rev-parse", "--git-common-dir"])?);
        // Relative to the directory where git runs, if at all.
        let own = top.join(own);
        let repository = self.repositories.len();
        self.repositories.push(Repository {
            top: top.to_owned(),
            exclude: short_text(&own.join("info/exclude")),
            blobs: Blobs::new(top.to_owned(), own.join("lfs/objects")),
        });
        let mut submodules = Vec::new();
        for entry in listed.split(|byte| *byte == 0) {
            // `100644 blob <id>\t<path>`, see git-ls-tree(1).
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let Some(path) = below(top, &entry[tab + 1..]) else { continue };
            let words = String::from_utf8_lossy(&entry[..tab]);
            let words: Vec<&str> = words.split(' ').collect();
            match words[..] {
                ["100644" | "100755" | "100664", "blob", id] => {
                    self.files.push((path, File { repository, id: id.to_owned() }));
                }
                ["160000", "commit", id] => submodules.push((path, id.to_owned())),
                _ => {}
            }
        }
        for (path, id) in submodules {
            // One that is not checked out is not seen by the walk either.
            let is_there = path.join(".git").exists()
                && fs::canonicalize(&path).is_ok_and(|really| really == path);
            if !is_there || depth == DEEPEST {
                continue;
            }
            if run(&path, &["cat-file", "-e", &format!("{id}^{{commit}}")])?.is_err() {
                let message = format!("the submodule `{}` has no commit `{id}`", path.display());
                let help = "fetch it: `git submodule foreach --recursive git fetch --all`";
                return Err(Trouble::new(message, Some(help)));
            }
            self.add(&path, &id, depth + 1)?;
        }
        Ok(())
    }

    /// The tree as [`crate::discover`] looks at it; `read` is [`Files::read`], with what the
    /// caller makes of errors.
    pub fn tree<'t>(&'t self, read: &'t dyn Fn(&Path) -> Option<Vec<u8>>) -> Tree<'t> {
        let repositories =
            self.repositories.iter().map(|found| (found.top.clone(), found.exclude.clone()));
        Tree {
            files: self.files.iter().map(|(path, _)| &**path).collect(),
            repositories: repositories.collect(),
            read,
        }
    }

    /// The bytes of a file, `None` for a path that the commit does not have.
    ///
    /// # Errors
    ///
    /// It is longer than any input may be, or git does not have it.
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
        let Ok(index) = self.files.binary_search_by(|(at, _)| at.as_path().cmp(path)) else {
            return Ok(None);
        };
        let file = &self.files[index].1;
        self.repositories[file.repository].blobs.read(&file.id, path).map(Some)
    }
}

/// A reference must not be taken for an option, nor for nothing.
fn check_reference(reference: &str) -> Result<(), Trouble> {
    if reference.trim().is_empty() {
        let help = "perhaps it comes from a variable that is not set";
        return Err(Trouble::new("the reference is empty", Some(help)));
    }
    if reference.starts_with('-') {
        let help = "it is a branch, a tag or a commit, such as `origin/main`";
        return Err(Trouble::new(format!("`{reference}` is no reference of git"), Some(help)));
    }
    if reference.contains("..") {
        let help = "name the commit to compare with; where a branch began tells `git merge-base \
                    origin/main HEAD`";
        return Err(Trouble::new(format!("`{reference}` is a range of commits"), Some(help)));
    }
    Ok(())
}

/// What the user keeps out of the working copy by `git sparse-checkout`; sorted.
fn outside_sparse_checkout(top: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let sparse = run(top, &["config", "--type=bool", "core.sparseCheckout"])?;
    if !sparse.is_ok_and(|answer| answer.starts_with(b"true")) {
        return Ok(Vec::new());
    }
    let listed = demand(top, &["ls-files", "-t", "-z"])?;
    let entries = listed.split(|byte| *byte == 0);
    let skipped = entries.filter_map(|entry| below(top, entry.strip_prefix(b"S ")?));
    let mut skipped: Vec<PathBuf> = skipped.collect();
    skipped.sort();
    Ok(skipped)
}

/// A git that runs in a directory, with what keeps it from doing more than it is asked for.
fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        // A monitor is a program that the repository's configuration names.
        .args(["--no-pager", "-c", "core.fsmonitor=false"])
        // A directory of the tree that looks like a repository is none.
        .args(["-c", "safe.bareRepository=explicit"])
        .current_dir(directory)
        // What a hook that runs us says about its own repository is not about a submodule.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    command
}

/// What git prints; as the inner error what it says when it refuses.
fn run(directory: &Path, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Trouble> {
    let output = process::run(git(directory).args(arguments), LIMITS)
        .map_err(|trouble| cannot_run(&trouble))?;
    if output.status.success() {
        return Ok(Ok(output.stdout));
    }
    let said = output.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(Err(said.trim_start_matches("fatal: ").to_owned()))
}

/// The same for what must succeed.
fn demand(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, Trouble> {
    run(directory, arguments)?.map_err(|said| {
        let command = arguments.first().copied().unwrap_or_default();
        Trouble::new(format!("`git {command}` failed: {said}"), None)
    })
}

fn cannot_run(trouble: &process::Trouble) -> Trouble {
    let help = match trouble {
        process::Trouble::Missing => Some("the files of a commit are read by git: install it"),
        _ => None,
    };
    Trouble::new(format!("`git` {trouble}"), help)
}

/// A path of a tree below a directory; `None` for one that would lead out of it.
fn below(top: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let path = path_of(bytes);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    (!bytes.is_empty() && path.components().all(is_plain)).then(|| top.join(path))
}

fn line_as_path(bytes: Vec<u8>) -> PathBuf {
    path_of(bytes.strip_suffix(b"\n").unwrap_or(&bytes))
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn short_text(path: &Path) -> String {
    let is_short = |found: &fs::Metadata| found.is_file() && found.len() <= LONGEST_EXCLUDE;
    let text = fs::metadata(path).ok().filter(is_short).and_then(|_| fs::read(path).ok());
    String::from_utf8_lossy(&text.unwrap_or_default()).into_owned()
}
