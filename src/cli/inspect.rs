//! What every command does that reads inputs: find the configuration, find the inputs, analyse.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{CheckArgs, InputArgs, Renderer};
use super::custom_rules::CustomRules;
use super::fixing::{self, Fixed, Wanted, Write};
use super::progress::Progress;
use super::since::{Present, Since};
use super::{Failure, check_names};
use crate::check::{self, ActiveRule, Analysis, Request, ignores};
use crate::config::{self, Config, ConfigProblem, Date, Known, PathBase};
use crate::diagnostic::{RuleInfo, Severity};
use crate::discover::{self, Content};
use crate::model::Network;
use crate::render::{self, Program};
use crate::report::{Skipped, Unreadable};
use crate::source::{FileId, Sources, Span};

/// A run, before anything is printed.
pub struct Inspection {
    pub rules: Vec<ActiveRule>,
    pub analysis: Analysis,
    /// How many findings are ignored; they are not in the analysis any more.
    pub suppressed: usize,
    /// The severities of those that were there before a change; they are not in the analysis any
    /// more either.
    pub existing: Vec<Severity>,
    /// Whether the run saw all that ignores and a baseline may speak of.
    pub complete: bool,
    pub skipped: Vec<Skipped>,
    pub unreadable: Vec<Unreadable>,
}

/// Which findings are asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub select: &'a [String],
    pub ignore: &'a [String],
    pub quiet: bool,
    /// A commit, of whose findings only the number is kept.
    pub since: Option<&'a str>,
    pub render: &'a [Renderer],
}

impl<'a> Asked<'a> {
    pub fn of(args: &'a CheckArgs) -> Asked<'a> {
        let CheckArgs { select, ignore, quiet, since, render, .. } = args;
        Asked { select, ignore, quiet: *quiet, since: since.as_deref(), render }
    }
}

/// Reads and checks what the arguments name.
pub fn inspect(args: &InputArgs, asked: Asked<'_>) -> Result<Inspection, Failure> {
    let done = prepare(args, asked, |_| (), |run, _, _| Ok(((), run)))?;
    Ok(done.inspection)
}

/// The same; `see` is shown the network of each cluster, see [`check::analyse`].
pub fn inspect_with<T: Send>(
    args: &InputArgs,
    select: &[String],
    ignore: &[String],
    quiet: bool,
    see: impl Fn(&Network<'_>) -> T + Sync + Send,
) -> Result<(Inspection, Vec<(usize, T)>), Failure> {
    let asked = Asked { select, ignore, quiet, since: None, render: &[] };
    let done = prepare(args, asked, see, |run, _, _| Ok(((), run)))?;
    Ok((done.inspection, done.seen))
}

/// The same; what is found is fixed in memory, and what remains is found. `write` is given the
/// files before they are taken for fixed.
pub fn inspect_and_fix(
    args: &InputArgs,
    asked: Asked<'_>,
    wanted: &Wanted<'_>,
    write: Write<'_>,
) -> Result<(Inspection, Fixed), Failure> {
    let go_on = |run, files: &[discover::Found], again: Again<'_, ()>| {
        fixing::fix(run, files, again, wanted, write)
    };
    let done = prepare(args, asked, |_| (), go_on)?;
    Ok((done.inspection, done.value))
}

/// An analysis whose ignored findings are taken out.
pub struct Run<T> {
    pub analysis: Analysis,
    /// How many those were.
    pub suppressed: usize,
    /// See [`Inspection::existing`].
    pub existing: Vec<Severity>,
    pub seen: Vec<(usize, T)>,
}

/// Checks the inputs with the contents that are given by their index.
pub type Again<'r, T> = &'r dyn Fn(&(dyn Fn(usize) -> Content + Sync)) -> Result<Run<T>, Failure>;

struct Done<T, V> {
    inspection: Inspection,
    seen: Vec<(usize, T)>,
    value: V,
}

/// Runs once; `go_on` may run again, and says which run is the last.
fn prepare<T: Send, V>(
    args: &InputArgs,
    asked: Asked<'_>,
    see: impl Fn(&Network<'_>) -> T + Sync + Send,
    go_on: impl FnOnce(Run<T>, &[discover::Found], Again<'_, T>) -> Result<(V, Run<T>), Failure>,
) -> Result<Done<T, V>, Failure> {
    let Asked { select, ignore, quiet, since, render } = asked;
    let directory = std::env::current_dir()
        .map_err(|error| Failure::new(format!("the working directory cannot be read: {error}")))?;
    let source = config_source(args.config.as_deref(), &directory)?;
    let custom_rules = CustomRules::load(source.as_ref(), &directory)?;
    let known = check::known(check::rule_infos().iter().chain(custom_rules.infos()));
    check_names(&known, select)?;
    check_names(&known, ignore)?;
    let today = Date::today().map_err(Failure::new)?;
    let (config, base) = match &source {
        Some(source) => {
            let base = PathBase::new(source.path.parent().unwrap_or(&directory), &directory);
            (read_config(source, &known)?, Some(base))
        }
        None => (Config::default(), None),
    };
    let complete = match &base {
        Some(base) => is_complete(&args.paths, base),
        None => is_complete(&args.paths, &PathBase::new(repository(&directory), &directory)),
    };
    let options = discover_options(args, &directory, &config, base.as_ref());
    let since = since.map(|since| Since::open(since, &args.paths, &options)).transpose()?;
    let mut found = discover::discover(&args.paths, &options)
        .map_err(|error| Failure::new(error.to_string()).help(error.help()))?;
    let (of_rules, files): (Vec<_>, Vec<_>) =
        found.files.into_iter().partition(|file| custom_rules.holds(&file.display));
    found.files = files;
    found.skipped.extend(of_rules.into_iter().map(|file| (file.display, "custom-rule")));
    if found.files.is_empty() && found.unreadable.is_empty() {
        let message = match &args.paths[..] {
            [only] => format!("no input found in `{}`", only.display()),
            _ => "no input found in the paths given".to_owned(),
        };
        let help = "netvet reads files that end in .yaml, .yml, .json, .conf or .conflist, and files that are named one by one";
        return Err(Failure::new(message).help(help));
    }
    let rules = check::active_rules(&config, select, ignore, &custom_rules.rules);
    let is_custom = |info: &RuleInfo| rules.iter().any(|active| active.info.id == info.id);
    let custom = match custom_rules.infos().any(is_custom) {
        true => Some(custom_rules.start()?),
        false => None,
    };
    let programs: Vec<Program> = render.iter().map(|renderer| renderer.program()).collect();
    let renderings = render::render(&programs, &found.files)
        .map_err(|missing| Failure::new(missing.message).help(missing.help))?;
    // What is rendered says some ignores twice, and others not at all.
    let complete = complete && renderings.rendered.is_empty();
    let roots: Vec<String> = args.paths.iter().map(|path| display_root(path, &directory)).collect();
    let request = Request {
        config: &config,
        base: base.as_ref(),
        roots: &roots,
        rules: &rules,
        cluster: args.cluster.as_deref(),
        today,
        custom: custom.as_ref(),
        renderings: &renderings,
    };
    let own = &custom_rules.own;
    let paths: Vec<String> = found.files.iter().map(|file| file.display.clone()).collect();
    let run = |read: &(dyn Fn(usize) -> Content + Sync)| {
        let paths = paths.clone();
        let analyse = || check::analyse(own.clone(), paths, read, &request, &see);
        let (mut analysis, seen) = on_threads(args.jobs, analyse)?;
        if let Some(name) = &args.cluster {
            check_cluster(name, &analysis)?;
        }
        let suppressed = ignores::settle(&mut analysis, &request, &known, complete);
        let existing = match &since {
            Some(since) => {
                let config = source.as_ref().map(|source| source.path.as_path());
                let present = Present { request: &request, known: &known, complete, config, own };
                on_threads(args.jobs, || since.take_out(&mut analysis, &present))??
            }
            None => Vec::new(),
        };
        Ok(Run { analysis, suppressed, existing, seen })
    };
    let progress = Progress::new(!args.no_progress && !quiet, found.files.len());
    let first = run(&|index| {
        let content = discover::read(&found.files[index]);
        progress.tick();
        content
    });
    progress.finish();
    let first = first?;
    let analysis = &first.analysis;
    let is_stdin = |file: &discover::Found| file.is_stdin();
    if found.files.iter().all(is_stdin) && analysis.read == 0 && !analysis.has_unreadable_input() {
        let help = "whatever was to write into the pipe has written nothing";
        return Err(Failure::new("standard input is empty").help(help));
    }
    let (value, Run { analysis, suppressed, existing, seen }) = go_on(first, &found.files, &run)?;
    let skipped = found.skipped.into_iter();
    let unreadable = found.unreadable.into_iter();
    let inspection = Inspection {
        skipped: skipped.map(|(path, reason)| Skipped { path, reason: reason.into() }).collect(),
        unreadable: unreadable
            .map(|(path, message)| Unreadable { path, message, position: None })
            .collect(),
        suppressed,
        existing,
        complete: complete && args.cluster.is_none() && since.is_none(),
        rules,
        analysis,
    };
    Ok(Done { inspection, seen, value })
}

/// A configuration's text and where it lies.
pub struct ConfigSource {
    pub path: PathBuf,
    pub display: String,
    pub text: String,
}

pub fn config_source(
    given: Option<&Path>,
    directory: &Path,
) -> Result<Option<ConfigSource>, Failure> {
    let path = match given {
        Some(path) => Some(directory.join(path)),
        None => config::find(directory)
            .map_err(|error| Failure::new(error.to_string()).help("keep one of the two"))?,
    };
    let Some(path) = path else { return Ok(None) };
    let display = display_root(&path, directory);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("cannot read `{display}`: {error}")))?;
    Ok(Some(ConfigSource { path, display, text }))
}

/// A configuration with mistakes ends the run: it would not do what it was written for.
fn read_config(source: &ConfigSource, known: &Known) -> Result<Config, Failure> {
    Config::parse(&source.text, FileId::new(0), known).map_err(|problems| {
        let texts = [(source.display.clone(), source.text.clone())];
        mistakes(&format!("`{}` has", source.display), &problems, &texts)
    })
}

/// Lists what is wrong in files, given by their displayed paths and texts; `who` has it.
pub fn mistakes(who: &str, problems: &[ConfigProblem], texts: &[(String, String)]) -> Failure {
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path.clone(), text.clone());
    }
    let what = if problems.len() == 1 { "a mistake" } else { "mistakes" };
    let mut details = Vec::new();
    for problem in problems.iter().take(MOST_MISTAKES) {
        describe(problem, &sources, &mut details);
    }
    if problems.len() > MOST_MISTAKES {
        details.push(format!("and {} more", problems.len() - MOST_MISTAKES));
    }
    Failure::new(format!("{who} {what}")).details(details)
}

/// What a person reads of one configuration.
const MOST_MISTAKES: usize = 50;

fn describe(problem: &ConfigProblem, sources: &Sources, lines: &mut Vec<String>) {
    let place = |span: Span| {
        let at = sources.start(span);
        format!("{}:{}:{}", sources.get(span.file).path(), at.line, at.column)
    };
    lines.push(format!("{}: {}", place(problem.span), problem.message));
    lines.extend(
        problem.related.iter().map(|label| format!("  {}: {}", place(label.span), label.text)),
    );
    lines.extend(problem.help.iter().map(|help| format!("  help: {help}")));
}

fn on_threads<T: Send>(jobs: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let Some(jobs) = jobs else { return Ok(work()) };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let threads =
        threads.map_err(|error| Failure::new(format!("cannot start {jobs} threads: {error}")))?;
    Ok(threads.install(work))
}

fn discover_options(
    args: &InputArgs,
    directory: &Path,
    config: &Config,
    base: Option<&PathBase>,
) -> discover::Options {
    let (patterns, base) = (config.exclude.clone(), base.cloned());
    discover::Options {
        exclude: Arc::new(move |path| match &base {
            Some(base) => patterns.matches(&base.relative(path)),
            None => patterns.matches(path),
        }),
        stdin_filename: args.stdin_filename.clone(),
        threads: args.jobs.unwrap_or(0),
        ..discover::Options::new(directory)
    }
}

/// Whether the inputs hold all that ignores may speak of: all below a directory.
fn is_complete(paths: &[PathBuf], directory: &PathBase) -> bool {
    paths.iter().any(|path| {
        let relative = directory.relative(&path.to_string_lossy());
        relative.split('/').all(|part| matches!(part, "" | ".."))
    })
}

/// The repository that a directory belongs to, or else the directory itself.
fn repository(directory: &Path) -> &Path {
    let root = directory.ancestors().find(|above| above.join(".git").exists());
    root.unwrap_or(directory)
}

fn check_cluster(name: &str, analysis: &Analysis) -> Result<(), Failure> {
    if analysis.clusters.iter().any(|cluster| cluster.name == name) {
        return Ok(());
    }
    let names = analysis.clusters.iter().map(|cluster| cluster.name.as_str());
    let help = match config::suggest(name, names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`netvet inventory` lists the clusters".to_owned(),
    };
    Err(Failure::new(format!("there is no cluster `{name}` in the files given")).help(help))
}

/// A root as its files are displayed: relative to the working directory, with `/`.
pub fn display_root(path: &Path, directory: &Path) -> String {
    let joined = directory.join(path);
    let relative = joined.strip_prefix(directory).unwrap_or(&joined);
    let parts = relative.components().filter(|part| *part != std::path::Component::CurDir);
    let path: PathBuf = parts.collect();
    path.to_string_lossy().replace('\\', "/")
}

/// The rules that ran, as reports list them.
pub fn infos(rules: &[ActiveRule]) -> Vec<RuleInfo> {
    rules.iter().map(|active| active.info.clone().into_owned()).collect()
}
