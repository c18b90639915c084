//! `netvet inventory`: what was recognised, which cluster it belongs to, and what was skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::{Value, json};

use super::args::{DataFormat, InventoryArgs};
use super::inspect::{self, Inspection};
use super::{Error, Outcome};
use crate::check::{Analysis, ClusterInfo};
use crate::ingest::DocumentInfo;
use crate::ingest::Outcome as DocumentOutcome;
use crate::report::printable;
use crate::source::FileId;

pub fn run(args: &InventoryArgs, out: &mut dyn Write) -> Result<Outcome, Error> {
    // No rule has to run to tell what there is.
    let inspection = inspect::inspect_with(&args.input, &[], &[], false, |_| ())?.0;
    match args.format {
        DataFormat::Text => text(&inspection, out)?,
        DataFormat::Json => json(&inspection, out)?,
    }
    Ok(Outcome::Clean)
}

fn text(inspection: &Inspection, out: &mut dyn Write) -> std::io::Result<()> {
    let analysis = &inspection.analysis;
    writeln!(out, "{} clusters", analysis.clusters.len())?;
    for cluster in &analysis.clusters {
        let documents = cluster.documents.len();
        let reason = cluster.reason.explanation();
        let name = printable(shown_name(&cluster.name));
        let nodes = match node_names(cluster).len() {
            0 => String::new(),
            1 => ", 1 node".to_owned(),
            count => format!(", {count} nodes"),
        };
        writeln!(out, "  {name}: {documents} documents{nodes} ({reason})")?;
    }
    let clusters = clusters_of(analysis);
    writeln!(out, "\n{} files", analysis.read)?;
    for ((id, source), file) in analysis.sources.iter().zip(&analysis.files) {
        if file.documents.is_empty() {
            continue;
        }
        writeln!(out, "  {}", printable(source.path()))?;
        for document in &file.documents {
            let names = clusters.get(&(id, document.index)).map(Vec::as_slice).unwrap_or_default();
            let mut names: Vec<String> =
                names.iter().map(|name| shown_name(name).to_owned()).collect();
            let node = node_of(analysis, (id, document.index));
            names.extend(node.map(|node| format!("node {node}")));
            let place =
                if names.is_empty() { String::new() } else { format!("  [{}]", names.join(", ")) };
            let what = printable(&describe(document));
            writeln!(out, "    {}: {what}{}", document.index, printable(&place))?;
        }
    }
    for unread in &analysis.unread {
        writeln!(out, "  {}: not read", printable(&unread.path))?;
    }
    for skipped in &inspection.skipped {
        writeln!(out, "  {}: skipped, {}", printable(&skipped.path), skipped.reason)?;
    }
    Ok(())
}

fn json(inspection: &Inspection, out: &mut dyn Write) -> std::io::Result<()> {
    let analysis = &inspection.analysis;
    let clusters = clusters_of(analysis);
    let files: Vec<Value> = analysis
        .sources
        .iter()
        .zip(&analysis.files)
        .filter(|(_, file)| !file.documents.is_empty())
        .map(|((id, source), file)| {
            let documents = file.documents.iter().map(|document| {
                let names = clusters.get(&(id, document.index)).cloned().unwrap_or_default();
                json!({
                    "document": document.index,
                    "kind": document.kind,
                    "skipped": skip_reason(document),
                    "clusters": names,
                    "node": node_of(analysis, (id, document.index)),
                })
            });
            json!({"path": source.path(), "documents": documents.collect::<Vec<_>>()})
        })
        .collect();
    let cluster = |cluster: &ClusterInfo| json!({"name": cluster.name, "reason": cluster.reason.explanation(), "documents": cluster.documents.len(), "nodes": node_names(cluster)});
    let inventory = json!({
        "version": 1,
        "clusters": analysis.clusters.iter().map(cluster).collect::<Vec<_>>(),
        "files": files,
        "skipped": inspection.skipped.iter().map(|skipped| json!({"path": skipped.path, "reason": skipped.reason})).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &inventory)?;
    writeln!(out)
}

/// The clusters that each document belongs to.
fn clusters_of(analysis: &Analysis) -> BTreeMap<(FileId, usize), Vec<&str>> {
    let mut clusters: BTreeMap<(FileId, usize), Vec<&str>> = BTreeMap::new();
    for cluster in &analysis.clusters {
        for document in &cluster.documents {
            clusters.entry(*document).or_default().push(&cluster.name);
        }
    }
    clusters
}

/// The nodes that have files of their own in a cluster.
fn node_names(cluster: &ClusterInfo) -> BTreeSet<&str> {
    cluster.nodes.values().map(String::as_str).collect()
}

/// The machine that a document lies on.
fn node_of(analysis: &Analysis, document: (FileId, usize)) -> Option<&str> {
    analysis.clusters.iter().find_map(|cluster| cluster.nodes.get(&document)).map(String::as_str)
}

/// The only cluster has no name of its own.
pub fn shown_name(name: &str) -> &str {
    if name.is_empty() { "(the whole tree)" } else { name }
}

fn describe(document: &DocumentInfo) -> String {
    let kind = document.kind.as_deref().unwrap_or("document");
    match document.outcome {
        DocumentOutcome::Read => kind.to_owned(),
        DocumentOutcome::Skipped(reason) => format!("skipped, {reason}"),
        DocumentOutcome::Broken => "broken".to_owned(),
    }
}

fn skip_reason(document: &DocumentInfo) -> Option<&'static str> {
    match document.outcome {
        DocumentOutcome::Read => None,
        DocumentOutcome::Skipped(reason) => Some(reason),
        DocumentOutcome::Broken => Some("broken"),
    }
}
