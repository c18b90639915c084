//! `netvet connections --diff OLD NEW`: what a change allows, and what it cuts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::{ConnectionsArgs, ConnectionsFormat, InputArgs};
use super::connections::{NO_RULE, cell, party, quoted, shown};
use super::inspect::{self, Inspection};
use super::inventory::shown_name;
use super::question::{Answer, Question};
use super::reasons::bounds;
use super::reasons_json::bounds as bounds_json;
use super::{Error, Failure, Outcome};
use crate::check::Analysis;
use crate::ingest::ProblemKind;
use crate::model::Network;
use crate::model::connectivity::changes::{self, Cause, Change, Changes, Kind, Version};
use crate::model::connectivity::connections::Party;
use crate::report::{printable, write_pretty};

pub fn run(
    args: &ConnectionsArgs,
    paths: &[PathBuf],
    question: &Question<'_>,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let [old, new] = paths else {
        return Err(Failure::new("`--diff` takes two paths").into());
    };
    let see = |network: &Network<'_>| {
        let mut answer = question.ask(network);
        let connections = std::mem::take(&mut answer.connections);
        (answer, Version::new(network, connections))
    };
    let read = |path: &PathBuf| {
        let input = InputArgs { paths: vec![path.clone()], cluster: None, ..args.input.clone() };
        inspect::inspect_with(&input, &[NO_RULE.to_owned()], &[], false, see)
    };
    let (old, new) = (read(old)?, read(new)?);
    let answers = old.1.iter().chain(&new.1).map(|(_, (answer, _))| answer);
    question.check(answers)?;
    let clusters = pair(args.input.cluster.as_deref(), &old, &new)?;
    let mut found: Vec<(&str, Changes)> = Vec::new();
    let nothing = Version::default();
    for (name, [old, new]) in clusters {
        let mut changes = changes::between(old.unwrap_or(&nothing), new.unwrap_or(&nothing));
        if !question.is_open() {
            only_ends(&mut changes);
        }
        found.push((name, changes));
    }
    match args.format {
        ConnectionsFormat::Text => text(&found, out)?,
        ConnectionsFormat::Json => json(&found, out)?,
        ConnectionsFormat::Csv => csv(&found, out)?,
        ConnectionsFormat::Dot => dot(&found, out)?,
    }
    let is_left_out = [&old.0, &new.0].map(|inspection| left_out(&inspection.analysis));
    let differs = found.iter().any(|(_, changes)| !is_empty(changes));
    Ok(match args.exit_code && differs {
        true => Outcome::Findings,
        // What cannot be read looks as if it had been taken away.
        false if is_left_out.contains(&true) => Outcome::Incomplete,
        false => Outcome::Clean,
    })
}

type Read = (Inspection, Vec<(usize, (Answer, Version))>);

/// Clusters of one name, and whatever their names, one on each side.
fn pair<'v>(
    only: Option<&str>,
    old: &'v Read,
    new: &'v Read,
) -> Result<BTreeMap<&'v str, [Option<&'v Version>; 2]>, Failure> {
    let mut clusters: BTreeMap<&str, [Option<&Version>; 2]> = BTreeMap::new();
    let is_single = old.1.len() == 1 && new.1.len() == 1;
    for (side, (inspection, seen)) in [old, new].into_iter().enumerate() {
        for (cluster, (_, version)) in seen {
            let name = match is_single {
                true => &new.0.analysis.clusters[new.1[0].0].name,
                false => &inspection.analysis.clusters[*cluster].name,
            };
            clusters.entry(name).or_default()[side] = Some(version);
        }
    }
    let Some(only) = only else { return Ok(clusters) };
    clusters.retain(|name, _| *name == only);
    match clusters.is_empty() {
        true => {
            let message = format!("there is no cluster `{only}` in either of the versions");
            Err(Failure::new(message).help("`netvet inventory` lists the clusters"))
        }
        false => Ok(clusters),
    }
}

/// Of the workloads that come and go, those that the question is about.
fn only_ends(changes: &mut Changes) {
    let Changes { workloads_added, workloads_removed, connections } = changes;
    let is_end = |party: &Party| {
        connections.iter().any(|change| change.source == *party || change.destination == *party)
    };
    workloads_added.retain(is_end);
    workloads_removed.retain(is_end);
}

fn is_empty(changes: &Changes) -> bool {
    changes.connections.is_empty()
        && changes.workloads_added.is_empty()
        && changes.workloads_removed.is_empty()
}

/// Names on standard error what could not be read, and tells whether there is such.
fn left_out(analysis: &Analysis) -> bool {
    let sources = &analysis.sources;
    let broken = analysis.problems.iter().filter(|problem| {
        use crate::model::input::SyntaxProblem::Broken;
        matches!(&problem.kind, ProblemKind::Syntax(Broken { .. }))
    });
    let mut names: Vec<String> = broken
        .map(|problem| {
            let start = sources.start(problem.span);
            format!("{}:{}:{}", sources.get(problem.span.file).path(), start.line, start.column)
        })
        .collect();
    if analysis.has_unreadable_input() {
        names.extend(analysis.unread.iter().map(|unread| unread.path.clone()));
    }
    for name in &names {
        let name = printable(name);
        eprintln!("warning: `{name}` cannot be read, and what it holds is not compared");
    }
    !names.is_empty()
}

fn text(found: &[(&str, Changes)], out: &mut dyn Write) -> std::io::Result<()> {
    if found.iter().all(|(_, changes)| is_empty(changes)) {
        return writeln!(out, "no connection changes");
    }
    let several = found.len() > 1;
    let mut gap = "";
    for (name, changes) in found.iter().filter(|(_, changes)| !is_empty(changes)) {
        if several {
            writeln!(out, "{gap}# {}", printable(shown_name(name)))?;
            gap = "\n";
        }
        for (sign, workloads) in
            [('+', &changes.workloads_added), ('-', &changes.workloads_removed)]
        {
            for workload in workloads {
                writeln!(out, "{sign} workload {}", shown(workload))?;
            }
        }
        for change in &changes.connections {
            writeln!(out, "{}", line(change))?;
        }
    }
    Ok(())
}

fn line(change: &Change) -> String {
    let Change { source, destination, old, new, cause } = change;
    let ends = format!("{} => {}", shown(source), shown(destination));
    let why = match cause {
        Cause::Network => "",
        Cause::WorkloadAdded => " (with a new workload)",
        Cause::WorkloadRemoved => " (with a workload that is gone)",
    };
    match change.kind() {
        Kind::Added => format!("+ {ends} : {}{why}", bounds(new)),
        Kind::Removed => format!("- {ends} : {}{why}", bounds(old)),
        Kind::Changed => {
            let parts = [("gained", change.gained()), ("lost", change.lost())];
            let parts = parts.iter().filter(|(_, ports)| !ports.possible.is_none());
            let parts: Vec<String> =
                parts.map(|(what, ports)| format!("{what} {}", bounds(ports))).collect();
            format!("~ {ends} : {} -> {} ({})", bounds(old), bounds(new), parts.join("; "))
        }
    }
}

fn json(found: &[(&str, Changes)], out: &mut dyn Write) -> std::io::Result<()> {
    let change = |change: &Change| {
        json!({
            "change": kind(change),
            "cause": cause(change),
            "source": party(&change.source),
            "destination": party(&change.destination),
            "old": bounds_json(&change.old),
            "new": bounds_json(&change.new),
            "gained": bounds_json(&change.gained()),
            "lost": bounds_json(&change.lost()),
        })
    };
    let parties = |all: &[Party]| all.iter().map(party).collect::<Vec<Value>>();
    let clusters = found.iter().map(|(name, changes)| {
        json!({
            "name": name,
            "workloads_added": parties(&changes.workloads_added),
            "workloads_removed": parties(&changes.workloads_removed),
            "changes": changes.connections.iter().map(change).collect::<Vec<Value>>(),
        })
    });
    let clusters: Vec<Value> = clusters.collect();
    write_pretty(&json!({"version": 1, "clusters": clusters}), out)?;
    writeln!(out)
}

fn kind(change: &Change) -> &'static str {
    match change.kind() {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Changed => "changed",
    }
}

fn cause(change: &Change) -> &'static str {
    match change.cause {
        Cause::Network => "network",
        Cause::WorkloadAdded => "workload-added",
        Cause::WorkloadRemoved => "workload-removed",
    }
}

fn csv(found: &[(&str, Changes)], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "cluster,change,cause,source,destination,old,new,gained,lost")?;
    for (name, changes) in found {
        for change in &changes.connections {
            let cells = [
                printable(shown_name(name)),
                kind(change).to_owned(),
                cause(change).to_owned(),
                shown(&change.source),
                shown(&change.destination),
                bounds(&change.old),
                bounds(&change.new),
                bounds(&change.gained()),
                bounds(&change.lost()),
            ];
            writeln!(out, "{}", cells.map(|text| cell(&text)).join(","))?;
        }
    }
    Ok(())
}

fn dot(found: &[(&str, Changes)], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "digraph changes {{")?;
    for (index, (name, changes)) in found.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{index} {{")?;
        writeln!(out, "    label={};", quoted(shown_name(name)))?;
        for change in &changes.connections {
            let node = |party: &Party| quoted(&format!("{index}: {}", shown(party)));
            let (color, label) = match change.kind() {
                Kind::Added => ("green", format!("+ {}", bounds(&change.new))),
                Kind::Removed => ("red", format!("- {}", bounds(&change.old))),
                Kind::Changed => {
                    let (old, new) = (bounds(&change.old), bounds(&change.new));
                    ("orange", format!("{old} -> {new}"))
                }
            };
            let (source, destination) = (node(&change.source), node(&change.destination));
            let label = quoted(&label);
            writeln!(out, "    {source} -> {destination} [color={color}, label={label}];")?;
        }
        writeln!(out, "  }}")?;
    }
    writeln!(out, "}}")
}
