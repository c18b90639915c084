//! `netvet connections`: who may talk to whom, cluster by cluster.

use std::io::Write;

use serde_json::{Value, json};

use super::args::{ConnectionsArgs, ConnectionsFormat};
use super::inspect;
use super::inventory::shown_name;
use super::question::{Question, Reasons};
use super::{Error, Failure, Outcome, changes, reasons, reasons_json};
use crate::check::Analysis;
use crate::model::Network;
use crate::model::connectivity::connections::{self, Connection, Party};
use crate::report::{printable, write_pretty};

/// No rule has to run to tell who talks to whom; this one looks at no cluster.
pub const NO_RULE: &str = "yaml-syntax";

pub fn run(args: &ConnectionsArgs, out: &mut dyn Write) -> Result<Outcome, Error> {
    let question = Question::new(args)?;
    if let Some(paths) = &args.diff {
        return changes::run(args, paths, &question, out);
    }
    if args.explain {
        return explain(args, &question, out);
    }
    let see = |network: &Network<'_>| question.ask(network);
    let rules = [NO_RULE.to_owned()];
    let (inspection, found) = inspect::inspect_with(&args.input, &rules, &[], false, see)?;
    question.check(found.iter().map(|(_, answer)| answer))?;
    let clusters = &inspection.analysis.clusters;
    let found: Vec<(&str, &[Connection])> = found
        .iter()
        .map(|(cluster, found)| (clusters[*cluster].name.as_str(), found.connections.as_slice()))
        .collect();
    match args.format {
        ConnectionsFormat::Text => text(&found, out)?,
        ConnectionsFormat::Json => json(&found, out)?,
        ConnectionsFormat::Csv => csv(&found, out)?,
        ConnectionsFormat::Dot => dot(&found, out)?,
    }
    Ok(Outcome::Clean)
}

fn explain(
    args: &ConnectionsArgs,
    question: &Question<'_>,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    if !matches!(args.format, ConnectionsFormat::Text | ConnectionsFormat::Json) {
        let failure = Failure::new("`--explain` has the formats text and json");
        return Err(failure.into());
    }
    let see = |network: &Network<'_>| question.explain(network);
    let rules = [NO_RULE.to_owned()];
    let (inspection, found) = inspect::inspect_with(&args.input, &rules, &[], false, see)?;
    question.check(found.iter().map(|(_, reasons)| &reasons.answer))?;
    let Analysis { clusters, sources, .. } = &inspection.analysis;
    let found: Vec<(&str, &Reasons)> = found
        .iter()
        .map(|(cluster, reasons)| (clusters[*cluster].name.as_str(), reasons))
        .collect();
    match args.format {
        ConnectionsFormat::Json => reasons_json::write(sources, &found, out)?,
        _ => reasons::write(sources, &found, out)?,
    }
    Ok(Outcome::Clean)
}

/// What is told of a connection: what is sure.
fn sure(found: &[Connection]) -> impl Iterator<Item = &Connection> {
    found.iter().filter(|connection| !connection.traffic.sure.is_none())
}

fn text(found: &[(&str, &[Connection])], out: &mut dyn Write) -> std::io::Result<()> {
    for (index, (name, connections)) in found.iter().enumerate() {
        if found.len() > 1 {
            let gap = if index > 0 { "\n" } else { "" };
            writeln!(out, "{gap}# {}", printable(shown_name(name)))?;
        }
        let mut lines: Vec<String> = sure(connections).map(line).collect();
        lines.sort();
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn line(connection: &Connection) -> String {
    let Connection { source, destination, traffic } = connection;
    format!("{} => {} : {}", shown(source), shown(destination), traffic.sure)
}

/// `namespace/name[Kind]`, `10.0.0.0-10.255.255.255[External]`, `{ingress-controller}`.
pub fn shown(party: &Party) -> String {
    match party {
        Party::Workload { namespace, name, kind } => {
            format!("{}/{}[{}]", printable(namespace), printable(name), printable(kind))
        }
        Party::External(range) => format!("{}-{}[External]", range.first(), range.last()),
        Party::IngressController => "{ingress-controller}".to_owned(),
    }
}

fn json(found: &[(&str, &[Connection])], out: &mut dyn Write) -> std::io::Result<()> {
    let connection = |connection: &Connection| {
        let Connection { source, destination, traffic } = connection;
        json!({
            "source": party(source),
            "destination": party(destination),
            "sure": ports(&traffic.sure),
            "possible": ports(&traffic.possible),
        })
    };
    let clusters: Vec<Value> = found
        .iter()
        .map(|(name, connections)| {
            let connections: Vec<Value> = connections.iter().map(connection).collect();
            json!({"name": name, "connections": connections})
        })
        .collect();
    write_pretty(&json!({"version": 1, "clusters": clusters}), out)?;
    writeln!(out)
}

pub fn party(party: &Party) -> Value {
    match party {
        Party::Workload { namespace, name, kind } => {
            json!({"namespace": namespace, "name": name, "kind": kind})
        }
        Party::External(range) => {
            json!({"first": range.first().to_string(), "last": range.last().to_string()})
        }
        Party::IngressController => json!({"kind": "ingress-controller"}),
    }
}

pub fn ports(traffic: &connections::Traffic) -> Value {
    let protocols = traffic.iter().map(|(protocol, ranges)| {
        let ranges: Vec<Value> = ranges.iter().map(|(first, last)| json!([first, last])).collect();
        json!({"protocol": protocol.name(), "ports": ranges})
    });
    protocols.collect()
}

fn csv(found: &[(&str, &[Connection])], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "cluster,source,destination,connection")?;
    for (name, connections) in found {
        for connection in sure(connections) {
            let Connection { source, destination, traffic } = connection;
            let cells = [
                printable(shown_name(name)),
                shown(source),
                shown(destination),
                traffic.sure.to_string(),
            ];
            writeln!(out, "{}", cells.map(|text| cell(&text)).join(","))?;
        }
    }
    Ok(())
}

/// RFC 4180.
pub fn cell(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn dot(found: &[(&str, &[Connection])], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "digraph connections {{")?;
    for (index, (name, connections)) in found.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{index} {{")?;
        writeln!(out, "    label={};", quoted(shown_name(name)))?;
        for connection in sure(connections) {
            let Connection { source, destination, traffic } = connection;
            // Parties of two clusters are never the same.
            let node = |party: &Party| quoted(&format!("{index}: {}", shown(party)));
            let label = quoted(&traffic.sure.to_string());
            writeln!(out, "    {} -> {} [label={label}];", node(source), node(destination))?;
        }
        writeln!(out, "  }}")?;
    }
    writeln!(out, "}}")
}

/// A double-quoted string of the DOT language.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text).replace('\\', "\\\\").replace('"', "\\\""))
}
