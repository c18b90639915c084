//! `netvet init`: a `netvet.yaml` to start from.
//!
//! What it says is what netvet found out by itself, so every line is a comment, and nothing is
//! judged differently for the file being there. A line that begins with `#` and no space becomes
//! configuration when the `#` is taken away.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};

use super::args::InitArgs;
use super::inspect;
use super::{Error, Failure, Outcome};
use crate::check::{Analysis, ClusterInfo};
use crate::config;
use crate::model::Network;
use crate::model::addresses::Known;
use crate::model::enforcement::Software;
use crate::model::plan::{self, Plan};
use crate::report::{counted, printable};
use crate::scope::Reason;
use crate::source::{Sources, Span};

/// The file that is written, into the working directory.
const FILE: &str = config::FILE_NAMES[0];

/// Of clusters, and of the ranges of one, so many are written down.
const MOST_CLUSTERS: usize = 50;
const MOST_RANGES: usize = 20;

/// What is known of one cluster, with its places.
struct Facts {
    kubernetes: Option<(String, Span)>,
    cni: Option<(&'static str, Span)>,
    plan: Plan,
}

pub fn run(args: &InitArgs, out: &mut dyn Write) -> Result<Outcome, Error> {
    let directory = std::env::current_dir()
        .map_err(|error| Failure::new(format!("the working directory cannot be read: {error}")))?;
    let found = config::find(&directory).map_err(|error| Failure::new(error.to_string()))?;
    if let Some(path) = args.input.config.clone().or(found) {
        let message = format!("there is a configuration already: `{}`", path.display());
        return Err(Failure::new(message).into());
    }
    // No rule has to run to tell what there is.
    let (inspection, facts) = inspect::inspect_with(&args.input, &[], &[], false, facts)?;
    let text = text(&inspection.analysis, &facts.into_iter().collect());
    write_new(&text).map_err(|error| Failure::new(format!("cannot write `{FILE}`: {error}")))?;
    let clusters = counted(inspection.analysis.clusters.len(), "cluster");
    writeln!(
        out,
        "wrote {FILE}, with {clusters} in {}",
        counted(inspection.analysis.read, "file")
    )?;
    Ok(Outcome::Clean)
}

/// Whoever wrote the file in between is not overwritten either.
fn write_new(text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(FILE)?;
    file.write_all(text.as_bytes())
}

fn facts(network: &Network<'_>) -> Facts {
    let server = network.versions.oldest_api_server();
    let cni = network.enforcement.only().and_then(|evidence| {
        let name = match evidence.software {
            Software::Calico => "calico",
            Software::Cilium => "cilium",
            Software::Flannel => "flannel",
            Software::AwsVpcCni => "aws-vpc-cni",
            Software::Other => return None,
        };
        Some((name, evidence.span))
    });
    Facts {
        kubernetes: server.map(|server| (server.version.to_string(), server.span)),
        cni,
        plan: plan::build(network),
    }
}

const HEAD: &str = "\
# What netvet is told about this repository: https://github.com/netvet/netvet#configure-it
#
# `netvet init` wrote down what it found out by itself, so every line is a comment. Where it is
# wrong, or where you know more, take the `#` off and say it.
";

const TAIL: &str = "
# Ranges that nothing may overlap.
#reserved:
#- {cidr: 10.8.0.0/16, name: corporate VPN}

# Services that exist, but not in these files.
#external-services: [vault.security]

# What is not read.
#exclude: [vendor/**]

# What a rule or a category weighs; `netvet rules` lists them.
#rules:
#  coredns-memory-limit: {severity: error, minimum: 512Mi}
#  mesh: off

# Findings that are accepted, by path or object.
#ignores:
#- {rule: cidr-hits-well-known-range, path: legacy/**, reason: gone in spring, until: 2027-03-31}
";

fn text(analysis: &Analysis, facts: &BTreeMap<usize, Facts>) -> String {
    let mut text = String::from(HEAD);
    let clusters = analysis.clusters.iter().enumerate();
    // Examples are clusters of their own, and nobody says anything about them.
    let clusters: Vec<(usize, &ClusterInfo)> = clusters
        .filter(|(index, cluster)| {
            facts.contains_key(index) && !matches!(cluster.reason, Reason::Example)
        })
        .collect();
    if !clusters.is_empty() {
        text.push_str("\n# What the files do not say about a cluster.\n#clusters:\n");
    }
    for (index, cluster) in clusters.iter().take(MOST_CLUSTERS) {
        write_cluster(&mut text, analysis, cluster, &facts[index]);
    }
    if clusters.len() > MOST_CLUSTERS {
        line(&mut text, "  ", &format!("{} more", clusters.len() - MOST_CLUSTERS));
    }
    if let [(_, first), (_, second), ..] = &clusters[..] {
        let names = [first, second].map(|cluster| scalar(&cluster.name));
        text.push_str("\n# Clusters whose networks are joined.\n");
        text += &format!("#peered: [[{}]]\n", names.join(", "));
    }
    text.push_str(TAIL);
    text
}

fn write_cluster(text: &mut String, analysis: &Analysis, cluster: &ClusterInfo, facts: &Facts) {
    let sources = &analysis.sources;
    let name = if cluster.name.is_empty() { "main" } else { &cluster.name };
    *text += &format!("#  {}:\n", scalar(name));
    line(text, "    ", cluster.reason.explanation());
    let below = format!("{}/", cluster.name);
    let mut paths = cluster.documents.iter().map(|(file, _)| sources.get(*file).path());
    if !cluster.name.is_empty() && paths.any(|path| path.starts_with(&below)) {
        let pattern = format!("{}/**", globset::escape(&cluster.name));
        *text += &format!("#    paths: [{}]\n", scalar(&pattern));
    }
    if let Some((version, span)) = &facts.kubernetes {
        *text += &format!("#    kubernetes: \"{version}\"  # {}\n", place(sources, *span));
    }
    if let Some((cni, span)) = facts.cni {
        *text += &format!("#    cni: {cni}  # {}\n", place(sources, span));
    }
    if facts.plan.nodes > 0 {
        *text +=
            &format!("#    nodes: {}  # as many are in the files, or more\n", facts.plan.nodes);
    }
    let ranges = facts.plan.entries.iter().filter(|entry| entry.range.size() > 1);
    let ranges = ranges.filter(|entry| entry.statements[0].known != Known::Assumed);
    let ranges: Vec<_> = ranges.collect();
    for entry in ranges.iter().take(MOST_RANGES) {
        let statement = &entry.statements[0];
        let what =
            format!("{}: {} ({})", statement.what, entry.range, place(sources, statement.span));
        line(text, "    ", &what);
    }
    if ranges.len() > MOST_RANGES {
        line(text, "    ", &format!("{} more", counted(ranges.len() - MOST_RANGES, "range")));
    }
}

/// A line that stays a comment.
fn line(text: &mut String, indent: &str, said: &str) {
    writeln!(text, "#{indent}# {}", printable(said)).expect("internal error: a text takes it");
}

fn place(sources: &Sources, span: Span) -> String {
    printable(&format!("{}:{}", sources.get(span.file).path(), sources.start(span).line))
}

/// A value that YAML reads as it is.
fn scalar(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_name = value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.chars().all(plain);
    let is_word = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        .contains(&value.to_ascii_lowercase().as_str());
    if is_name && !is_word {
        return value.to_owned();
    }
    let mut quoted = Vec::new();
    crate::report::write_line(&value, &mut quoted).expect("internal error: a text is JSON");
    String::from_utf8(quoted).expect("internal error: JSON is UTF-8")
}
