//! `netvet plan`: the address plan of each cluster.

use std::io::Write;

use serde_json::{Value, json};

use super::args::{DataFormat, PlanArgs};
use super::inspect;
use super::inventory::shown_name;
use super::{Error, Outcome};
use crate::model::addresses::Known;
use crate::model::plan::{self, Entry, Plan, Statement, Usage};
use crate::report::printable;
use crate::source::{Sources, Span};

/// Of single addresses with one purpose so many are shown in a row.
const MOST_ALIKE: usize = 8;

/// Of the ranges that one collides with so many are shown.
const MOST_COLLISIONS: usize = 3;

pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<Outcome, Error> {
    // No rule has to run to show what there is.
    let none = |network: &crate::model::Network<'_>| plan::build(network);
    let (inspection, plans) = inspect::inspect_with(&args.input, &[], &[], false, none)?;
    let analysis = &inspection.analysis;
    let plans: Vec<(&str, &Plan)> = plans
        .iter()
        .map(|(cluster, plan)| (analysis.clusters[*cluster].name.as_str(), plan))
        .collect();
    match args.format {
        DataFormat::Text => text(&analysis.sources, &plans, out)?,
        DataFormat::Json => json(&analysis.sources, &plans, out)?,
    }
    Ok(Outcome::Clean)
}

fn text(sources: &Sources, plans: &[(&str, &Plan)], out: &mut dyn Write) -> std::io::Result<()> {
    let mut shown = plans.iter().filter(|(_, plan)| !plan.entries.is_empty()).peekable();
    if shown.peek().is_none() {
        return writeln!(out, "no ranges or addresses");
    }
    for (index, (name, plan)) in shown.enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", printable(shown_name(name)))?;
        cluster(sources, plan, out)?;
    }
    Ok(())
}

fn cluster(sources: &Sources, plan: &Plan, out: &mut dyn Write) -> std::io::Result<()> {
    let range_of = |entry: &Entry| format!("{}{}", "  ".repeat(entry.depth), entry.range);
    let width = plan.entries.iter().map(|entry| range_of(entry).len()).max().unwrap_or(0);
    let mut alike = 0;
    for (index, entry) in plan.entries.iter().enumerate() {
        let first = &entry.statements[0];
        alike = if index > 0 && is_like(entry, &plan.entries[index - 1]) { alike + 1 } else { 0 };
        if alike >= MOST_ALIKE {
            let next = plan.entries.get(index + 1);
            if !next.is_some_and(|next| is_like(next, entry)) {
                let more = alike + 1 - MOST_ALIKE;
                writeln!(out, "  {}… {more} more", "  ".repeat(entry.depth))?;
            }
            continue;
        }
        write!(out, "  {:width$}  {}", range_of(entry), described(first))?;
        if let Some(usage) = entry.usage {
            write!(out, ": {}", used(usage, plan.nodes))?;
        }
        writeln!(out, "  ({})", place(sources, first.span))?;
        for other in &entry.statements[1..] {
            let what = described(other);
            writeln!(out, "  {:width$}  = {what}  ({})", "", place(sources, other.span))?;
        }
        for other in entry.collisions.iter().take(MOST_COLLISIONS) {
            let other = &plan.entries[*other];
            let (statement, range) = (&other.statements[0], other.range);
            let what = printable(&statement.what);
            let place = place(sources, statement.span);
            writeln!(out, "  {:width$}  ! collides with {what} {range}  ({place})", "")?;
        }
        if !entry.free.is_empty() {
            let free: Vec<String> = entry.free.iter().map(ToString::to_string).collect();
            writeln!(out, "  {:width$}  free: {}", "", free.join(", "))?;
        }
    }
    if !plan.free.is_empty() {
        let free: Vec<String> = plan.free.iter().map(ToString::to_string).collect();
        writeln!(out, "  largest free private ranges: {}", free.join(", "))?;
    }
    Ok(())
}

/// Whether two entries that follow each other are addresses of the same kind, with nothing more
/// to say.
fn is_like(entry: &Entry, previous: &Entry) -> bool {
    let plain = |entry: &Entry| {
        entry.range.size() == 1 && entry.statements.len() == 1 && entry.collisions.is_empty()
    };
    plain(entry)
        && plain(previous)
        && entry.depth == previous.depth
        && entry.statements[0].role == previous.statements[0].role
}

fn described(statement: &Statement) -> String {
    let what = printable(&statement.what);
    match statement.known {
        Known::Written => what,
        Known::Default => format!("{what}, the default without `{}`", statement.field),
        Known::Assumed => format!("{what}, which is assumed"),
    }
}

fn used(usage: Usage, nodes: u64) -> String {
    match usage {
        Usage::Nodes { mask, room, addresses } => {
            let cut = format!("{room} nodes, a /{mask} with {addresses} addresses each");
            match room.checked_sub(u128::from(nodes)) {
                _ if nodes == 0 => cut,
                Some(more) => format!("{cut}; {nodes} nodes, room for {more} more"),
                None => format!("{cut}; {nodes} nodes are too many"),
            }
        }
        Usage::Blocks { mask, room: 1 } => format!("one block of a /{mask}"),
        Usage::Blocks { mask, room } => format!("{room} blocks of a /{mask} each"),
        Usage::Addresses { room, used } => format!("{used} of {room} addresses are taken here"),
    }
}

fn place(sources: &Sources, span: Span) -> String {
    let path = sources.get(span.file).path();
    format!("{}:{}", printable(path), sources.start(span).line)
}

fn json(sources: &Sources, plans: &[(&str, &Plan)], out: &mut dyn Write) -> std::io::Result<()> {
    let clusters: Vec<Value> = plans
        .iter()
        .map(|(name, plan)| {
            let entries = plan.entries.iter().map(|entry| entry_json(sources, plan, entry));
            json!({
                "name": name,
                "nodes": plan.nodes,
                "ranges": entries.collect::<Vec<_>>(),
                "free": plan.free.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &json!({"version": 1, "clusters": clusters}))?;
    writeln!(out)
}

fn entry_json(sources: &Sources, plan: &Plan, entry: &Entry) -> Value {
    let statements = entry.statements.iter().map(|statement| {
        let start = sources.start(statement.span);
        json!({
            "role": statement.role.as_str(),
            "what": statement.what,
            "field": statement.field,
            "known": match statement.known {
                Known::Written => "written",
                Known::Default => "default",
                Known::Assumed => "assumed",
            },
            "object": statement.object,
            "path": sources.get(statement.span.file).path(),
            "line": start.line,
            "column": start.column,
        })
    });
    let usage = entry.usage.map(|usage| match usage {
        // Counts of IPv6 are beyond what a number in JSON holds for most readers.
        Usage::Nodes { mask, room, addresses } => json!({
            "node_mask": mask,
            "nodes": clipped(room),
            "addresses_per_node": clipped(addresses),
            "more_nodes": clipped(room.saturating_sub(u128::from(plan.nodes))),
        }),
        Usage::Blocks { mask, room } => json!({"block_mask": mask, "blocks": clipped(room)}),
        Usage::Addresses { room, used } => json!({"addresses": clipped(room), "taken": used}),
    });
    let collisions = entry.collisions.iter().map(|other| plan.entries[*other].range.to_string());
    json!({
        "range": entry.range.to_string(),
        "depth": entry.depth,
        "statements": statements.collect::<Vec<_>>(),
        "usage": usage,
        "collides_with": collisions.collect::<Vec<_>>(),
        "free": entry.free.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// The largest integer that every reader of JSON takes exactly: 2^53 - 1.
fn clipped(count: u128) -> u64 {
    const MOST: u128 = (1 << 53) - 1;
    count.min(MOST) as u64
}
