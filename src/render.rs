//! Runs Kustomize and Helm, when a user asks for it, and says which files went into what they
//! print.
//!
//! Only this module runs what files of the input describe. The programs get no way to fetch
//! anything: what a kustomization names elsewhere is refused, dependencies of charts are not
//! downloaded, and what they would open in spite of that leads nowhere. What is rendered is text
//! like any other; how findings in it find back to the files is for [`crate::check`].

mod helm;
mod kustomize;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub use helm::render as helm;
pub use kustomize::render as kustomize;

use crate::discover::Found;
use crate::process::{self, Limits, Output, Trouble};

/// For one overlay or chart. A cluster's worth of manifests takes seconds and a few megabytes.
const LIMITS: Limits = Limits { time: Duration::from_secs(60), output: 64 << 20 };

/// What the programs printed.
#[derive(Debug, Default)]
pub struct Renderings {
    /// By path.
    pub rendered: Vec<Rendered>,
    /// The path of what could not be rendered, and why.
    pub failed: Vec<(String, String)>,
}

impl Renderings {
    /// The displayed paths of the inputs that went into what was rendered.
    pub fn replaced(&self) -> HashSet<&str> {
        self.rendered.iter().flat_map(|text| &text.replaces).map(String::as_str).collect()
    }
}

/// What came of one overlay or chart.
#[derive(Debug)]
pub struct Rendered {
    /// Names no file: `overlays/prod/kustomization.yaml (rendered)`.
    pub path: String,
    pub text: String,
    pub program: Program,
    /// The displayed paths of the inputs that went into it.
    pub replaces: Vec<String>,
    /// The displayed paths of the inputs that the text from an offset on may come from, those that
    /// have the last word first; by offset.
    pub origins: Vec<(usize, Vec<String>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Kustomize,
    Helm,
}

impl Program {
    /// As the command line names it.
    pub fn name(self) -> &'static str {
        match self {
            Program::Kustomize => "kustomize",
            Program::Helm => "helm",
        }
    }
}

/// That a program is needed and not there.
#[derive(Debug)]
pub struct Missing {
    pub message: &'static str,
    pub help: &'static str,
}

/// Renders what is found with the programs that are asked for.
///
/// # Errors
///
/// There is something to render and no program that does.
pub fn render(programs: &[Program], found: &[Found]) -> Result<Renderings, Missing> {
    let mut renderings = Renderings::default();
    let inputs = Inputs::new(found);
    if programs.contains(&Program::Kustomize) {
        kustomize(&inputs, &mut renderings)?;
    }
    if programs.contains(&Program::Helm) {
        helm(&inputs, &mut renderings)?;
    }
    renderings.rendered.sort_by(|a, b| a.path.cmp(&b.path));
    renderings.failed.sort();
    Ok(renderings)
}

/// The inputs of a run, by where they lie.
pub struct Inputs<'i> {
    found: &'i [Found],
    displays: HashMap<PathBuf, &'i str>,
}

impl<'i> Inputs<'i> {
    fn new(found: &'i [Found]) -> Inputs<'i> {
        let files = found.iter().filter(|file| !file.is_stdin());
        let canonical =
            |file: &'i Found| Some((fs::canonicalize(&file.path).ok()?, &*file.display));
        Inputs { found, displays: files.filter_map(canonical).collect() }
    }

    /// How a file, given without links, is displayed; `None` for one that is no input.
    fn display(&self, path: &Path) -> Option<String> {
        self.displays.get(path).map(|display| (*display).to_owned())
    }

    /// The files of a name, with their absolute paths without links and their displayed paths.
    fn named(&self, names: &[&str]) -> Vec<(PathBuf, &'i str)> {
        let is_named = |file: &&Found| {
            let name = file.path.file_name().and_then(|name| name.to_str());
            !file.is_stdin() && name.is_some_and(|name| names.contains(&name))
        };
        let files = self.found.iter().filter(is_named);
        files
            .filter_map(|file| Some((fs::canonicalize(&file.path).ok()?, &*file.display)))
            .collect()
    }
}

/// Reads a file that describes what to render.
fn text_of(path: &Path) -> Option<String> {
    let found = Found { path: path.to_owned(), display: String::new(), explicit: false };
    match crate::discover::read(&found) {
        crate::discover::Content::Text(text) => Some(text),
        _ => None,
    }
}

/// A program that finds no cluster and no network.
fn command(program: &str) -> Command {
    // Nothing listens at the port for discarding.
    const NOWHERE: &str = "http://127.0.0.1:9";
    let mut command = Command::new(program);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, NOWHERE).env(name.to_ascii_lowercase(), NOWHERE);
    }
    command
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("KUBECONFIG", if cfg!(windows) { "NUL" } else { "/dev/null" });
    command
}

/// Runs to success, or gives what the program says.
fn run(command: &mut Command) -> Result<Result<String, String>, Trouble> {
    let Output { status, stdout, stderr } = process::run(command, LIMITS)?;
    if !status.success() {
        let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
        let said = last.unwrap_or("it failed and said nothing");
        let said =
            ["error: ", "Error: "].iter().find_map(|word| said.strip_prefix(word)).unwrap_or(said);
        return Ok(Err(said.to_owned()));
    }
    Ok(String::from_utf8(stdout).map_err(|_| "what it printed is not UTF-8".to_owned()))
}
