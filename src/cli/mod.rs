//! The command line: arguments, exit code, and what the smaller commands print.
//!
//! Nothing is decided here that a library user would miss: commands join other layers and print.

mod args;
mod baseline;
mod changes;
mod check;
mod connections;
mod custom_rules;
pub mod explain;
mod fixing;
mod generate;
mod init;
mod inspect;
mod inventory;
mod markdown;
mod new_file;
mod output;
mod plan;
mod progress;
mod question;
mod reasons;
mod reasons_json;
mod replace;
pub mod rules;
mod since;
mod workflow;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::check::rule_infos;
use crate::config::{Date, Known, suggest};
use crate::custom;
use crate::diagnostic::RuleInfo;
use args::{Cli, Color, Command, ListFormat, RulesArgs};
use custom_rules::CustomRules;

/// What a command could not do, with a remedy: exit code 2.
#[derive(Debug)]
pub struct Failure {
    message: String,
    /// Lines below the message.
    details: Vec<String>,
    help: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), details: Vec::new(), help: None }
    }

    fn details(self, details: Vec<String>) -> Failure {
        Failure { details, ..self }
    }

    fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", crate::report::printable(&self.message))?;
        for line in &self.details {
            write!(f, "\n  {}", crate::report::printable(line))?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {}", crate::report::printable(help)),
            None => Ok(()),
        }
    }
}

/// How a command ended, unless it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0: nothing at or above `--fail-on`.
    Clean,
    /// 1: findings.
    Findings,
    /// 2: some input could not be read, or some file not be written.
    Incomplete,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Incomplete => 2,
        })
    }
}

/// What a command can fail of.
#[derive(Debug)]
pub enum Error {
    Failure(Failure),
    Output(io::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        Error::Failure(failure)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Output(error)
    }
}

/// Runs the program on its own arguments and standard output.
pub fn main() -> ExitCode {
    // This is for netvet itself, and no command that people have.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == custom::ARGUMENT) {
        return custom::evaluator::main();
    }
    run(std::env::args_os(), &mut io::stdout().lock())
}

/// Runs the program; a mistake in the arguments ends the process, as does a call for help.
pub fn run<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    out: &mut dyn Write,
) -> ExitCode {
    let cli = Cli::parse_from(arguments);
    let terminal = Terminal::new(cli.color);
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match guarded(cli.command, terminal, &mut out) {
        Ok(outcome) => outcome.into(),
        // Whoever reads the output has read enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Error::Output(error)) => fail(&format!("error: cannot write the output: {error}")),
        Err(Error::Failure(failure)) => fail(&failure.to_string()),
    }
}

/// Runs a command, whose output has no commands for the log of a workflow unless it is asked for.
fn guarded(command: Command, terminal: Terminal, out: &mut dyn Write) -> Result<Outcome, Error> {
    let guard = workflow::Guard::begin(command.prints_text(), out)?;
    let result = match command {
        Command::Check(args) => check::run(&args, terminal, out),
        Command::Explain { rule, config } => explain(&rule, config.as_deref(), terminal, out),
        Command::Rules(args) if args.test => {
            rules::test(&custom_rules(args.config.as_deref())?, out)
        }
        Command::Rules(args) => list_rules(&args, out),
        Command::Connections(args) => connections::run(&args, out),
        Command::Plan(args) => plan::run(&args, out),
        Command::Inventory(args) => inventory::run(&args, out),
        Command::Init(args) => init::run(&args, out),
        Command::Schema => generate::schema(out),
        Command::Completions { shell } => generate::completions(shell, out),
        Command::Man { command } => generate::man(command.as_deref(), out),
    };
    guard.end(out)?;
    out.flush()?;
    result
}

/// Nothing is left to tell whoever has closed standard error.
fn fail(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{message}");
    ExitCode::from(2)
}

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub color: bool,
    pub unicode: bool,
    pub width: usize,
    pub hyperlinks: bool,
}

impl Terminal {
    fn new(color: Color) -> Terminal {
        let is_terminal = io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        // https://no-color.org and https://bixense.com/clicolors
        let wanted = is_terminal && !dumb || set("CLICOLOR_FORCE") || set("FORCE_COLOR");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => wanted && !set("NO_COLOR"),
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = columns.or_else(|| is_terminal.then(terminal_width).flatten());
        let utf8 = |name: &str| {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
            let value = value.to_ascii_lowercase();
            Some(value.contains("utf-8") || value.contains("utf8"))
        };
        // The first of these that is set decides; where none is, as in CI, UTF-8 is the rule.
        let unicode = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(utf8).unwrap_or(true);
        Terminal {
            color,
            unicode: unicode || !is_terminal,
            width: width.unwrap_or(100).clamp(40, 200),
            hyperlinks: color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        }
    }
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

fn explain(
    name: &str,
    config: Option<&Path>,
    terminal: Terminal,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let infos = all_rules(config);
    let is_named = |info: &&RuleInfo| {
        info.id.as_str() == name || info.aliases.iter().any(|alias| alias == name)
    };
    let Some(info) = infos.iter().find(is_named) else {
        let ids = infos.iter().map(|info| info.id.as_str());
        let help = match suggest(name, ids) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`netvet rules` lists every rule".to_owned(),
        };
        return Err(Failure::new(format!("there is no rule `{name}`")).help(help).into());
    };
    let today = Date::today().map_err(Failure::new)?;
    explain::render(info, today, out, terminal.color, terminal.width)?;
    Ok(Outcome::Clean)
}

fn list_rules(args: &RulesArgs, out: &mut dyn Write) -> Result<Outcome, Error> {
    let format = match args.format {
        ListFormat::Text => rules::ListFormat::Text,
        ListFormat::Json => rules::ListFormat::Json,
        ListFormat::Markdown => rules::ListFormat::Markdown,
    };
    rules::list(&all_rules(args.config.as_deref()), format, out)?;
    Ok(Outcome::Clean)
}

/// The built-in rules and the team's own. A mistake in the latter must not keep anybody from
/// reading about the former.
fn all_rules(config: Option<&Path>) -> Vec<RuleInfo> {
    let mut infos = rule_infos().to_vec();
    match custom_rules(config) {
        Ok(custom) => infos.extend(custom.infos().cloned()),
        Err(failure) => {
            let text = failure.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let _ = writeln!(io::stderr(), "warning: {text}");
        }
    }
    infos
}

/// The rules that the configuration names.
fn custom_rules(config: Option<&Path>) -> Result<CustomRules, Failure> {
    let directory = std::env::current_dir()
        .map_err(|error| Failure::new(format!("the working directory cannot be read: {error}")))?;
    let source = inspect::config_source(config, &directory)?;
    CustomRules::load(source.as_ref(), &directory)
}

/// Names on the command line that are neither rules nor categories.
fn check_names(known: &Known, names: &[String]) -> Result<(), Failure> {
    let Some(name) = names.iter().find(|name| known.resolve(name).is_none()) else {
        return Ok(());
    };
    let help = match known.suggest(name) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`netvet rules` lists every rule".to_owned(),
    };
    Err(Failure::new(format!("there is no rule or category `{name}`")).help(help))
}
