//! What can be written on the command line; `interface.md`'s contract in clap's words.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use super::output::ReportFile;
use crate::diagnostic::Severity;
use crate::render::Program;

/// Lints container and Kubernetes network configuration: addresses, capacity, policies, DNS and
/// versions, across files.
#[derive(Debug, Parser)]
#[command(name = "netvet", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// When to use colour; NO_COLOR turns it off, too
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files and directories, or one stream from standard input
    Check(CheckArgs),
    /// Print the page of a rule: what it finds, why it matters, how to mend it
    Explain {
        /// The id of a rule, as findings name it
        rule: String,

        /// The configuration that names custom rules, instead of the netvet.yaml found upwards
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// List every rule, or test the custom ones
    Rules(RulesArgs),
    /// Show each cluster's ranges in the order of addresses: what they hold, what is left, what
    /// collides
    Plan(PlanArgs),
    /// Show who may talk to whom under the policies found
    Connections(ConnectionsArgs),
    /// Show what was recognised: files, documents, kinds, clusters, and what was skipped and why
    Inventory(InventoryArgs),
    /// Write a netvet.yaml to start from: what was found, as comments
    Init(InitArgs),
    /// Print the JSON Schema of netvet.yaml
    Schema,
    /// Print the completions of a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of netvet, or of one of its commands
    Man { command: Option<String> },
}

impl Command {
    /// Whether it prints values from files for people to read.
    pub fn prints_text(&self) -> bool {
        match self {
            Command::Check(args) => {
                matches!(args.format, Format::Human | Format::Concise) && !args.prints_fixed_text()
            }
            Command::Plan(PlanArgs { format, .. })
            | Command::Inventory(InventoryArgs { format, .. }) => {
                matches!(format, DataFormat::Text)
            }
            Command::Connections(args) => matches!(args.format, ConnectionsFormat::Text),
            Command::Rules(args) => args.test,
            Command::Explain { .. }
            | Command::Init(_)
            | Command::Schema
            | Command::Completions { .. }
            | Command::Man { .. } => false,
        }
    }
}

#[derive(Debug, Args)]
pub struct RulesArgs {
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,

    /// Run the examples of the custom rules; exit with 1 when one of them fails
    #[arg(long, conflicts_with = "format")]
    pub test: bool,

    /// The configuration that names custom rules, instead of the netvet.yaml found upwards
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Where inputs come from; the same for every command that reads them.
#[derive(Clone, Debug, Args)]
pub struct InputArgs {
    /// Files and directories; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The configuration, instead of the netvet.yaml found upwards from the working directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Only what is found in this cluster
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,

    /// The name that standard input goes by
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,

    /// How many threads to use; the default is one per processor
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,

    /// Do not draw a progress bar
    #[arg(long)]
    pub no_progress: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("fixing").args(["fix", "diff"]).multiple(true)))]
pub struct CheckArgs {
    #[command(flatten)]
    pub input: InputArgs,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Also write a report to a file, in a format of `--format`; can be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,

    /// Run only these rules or categories
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Do not run these rules or categories
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// Fix in the files what can be fixed safely, and report what remains
    #[arg(long)]
    pub fix: bool,

    /// With `--fix` or `--diff`: also what changes the meaning, which is right in most cases
    #[arg(long, requires = "fixing")]
    pub unsafe_fixes: bool,

    /// Print what `--fix` would change, write nothing, and exit with 1 if there is something
    #[arg(long)]
    pub diff: bool,

    /// Report only what has come since this commit, branch or tag of git
    #[arg(long, value_name = "REF", conflicts_with = "stdin_filename")]
    pub since: Option<String>,
    /// Hold back the findings that this file names: they were there before
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Write what is found to a file for `--baseline`, by rule, object and field; with
    /// `--baseline`, write what is still found of that
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    pub write_baseline: Option<PathBuf>,

    /// Count the findings of each rule, instead of showing them
    #[arg(long)]
    pub statistics: bool,

    /// Run these programs from PATH on kustomizations and charts, and check what they print in
    /// place of the files
    #[arg(
        long,
        value_enum,
        value_name = "PROGRAM",
        value_delimiter = ',',
        conflicts_with_all = ["fix", "diff", "since"]
    )]
    pub render: Vec<Renderer>,

    /// Exit with 1 when there is a finding of this weight or more
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,

    /// Show findings of this weight or more; the others are counted
    #[arg(long, value_enum, default_value_t = MinSeverity::Warning, value_name = "SEVERITY")]
    pub min_severity: MinSeverity,

    /// Print findings, and nothing when there are none
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Name each skipped file with its reason on standard error
    #[arg(short, long)]
    pub verbose: bool,
}

impl CheckArgs {
    /// Whether standard output is for the text of standard input.
    pub fn prints_fixed_text(&self) -> bool {
        self.fix && !self.diff && self.input.paths.iter().any(|path| path.as_os_str() == "-")
    }
}

#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Args)]
pub struct InventoryArgs {
    #[command(flatten)]
    pub input: InputArgs,

    #[arg(long, value_enum, default_value_t = DataFormat::Text)]
    pub format: DataFormat,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub input: InputArgs,

    #[arg(long, value_enum, default_value_t = DataFormat::Text)]
    pub format: DataFormat,
}

#[derive(Debug, Args)]
pub struct ConnectionsArgs {
    #[command(flatten)]
    pub input: InputArgs,

    #[arg(long, value_enum, default_value_t = ConnectionsFormat::Text)]
    pub format: ConnectionsFormat,

    /// Only from this workload (`name`, `namespace/name`, `Kind/name`), address, `external`, or
    /// `ingress-controller`
    #[arg(long, value_name = "PARTY")]
    pub from: Option<String>,

    /// Only to this workload, address, `external`, or the pods behind this Service
    #[arg(long, value_name = "PARTY")]
    pub to: Option<String>,

    /// Only to this port: `80` (of TCP), `udp/53`; of a Service where `--to` names one
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,

    /// Name the rules of policies that let each connection through or block it, with their places;
    /// what is blocked is told, too, where `--from` or `--to` names an end
    #[arg(long)]
    pub explain: bool,

    /// Compare two versions, files or folders: what the new one allows that the old one does not,
    /// and what it cuts
    #[arg(
        long,
        num_args = 2,
        value_names = ["OLD", "NEW"],
        conflicts_with_all = ["paths", "stdin_filename", "explain"]
    )]
    pub diff: Option<Vec<PathBuf>>,

    /// With `--diff`: exit with 1 when something differs
    #[arg(long, requires = "diff")]
    pub exit_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConnectionsFormat {
    /// One line a connection: `SRC => DST : CONN`
    Text,
    Json,
    Csv,
    /// A graph for Graphviz
    Dot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// `kustomize build`, or else `kubectl kustomize`
    Kustomize,
    /// `helm template`, with each chart's own values
    Helm,
}

impl Renderer {
    pub fn program(self) -> Program {
        match self {
            Renderer::Kustomize => Program::Kustomize,
            Renderer::Helm => Program::Helm,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: source, underlined, with the places in other files
    Human,
    /// One line a finding
    Concise,
    /// For programs, version 1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit's XML: a file is a suite, a finding a test that failed
    Junit,
    /// A table, for the summary of a job
    Markdown,
    /// For reviewdog
    Rdjson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The least weight that fails a run.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MinSeverity {
    Error,
    Warning,
    Info,
}

impl MinSeverity {
    pub fn severity(self) -> Severity {
        match self {
            MinSeverity::Error => Severity::Error,
            MinSeverity::Warning => Severity::Warning,
            MinSeverity::Info => Severity::Info,
        }
    }
}
