//! `drift-cni-file-set`: see the page.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::drift::cni::{NodeFolder, Subject, folders, network_differences};
use crate::model::drift::{Difference, Statement, differences};
use crate::model::{Network, NodeFile};
use crate::rules::drift::words::nodes;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/drift-cni-file-set.md"),
    check: Check::Network(check),
};

/// The files that nodes have, and those that they lack.
#[derive(Default)]
struct Files<'a> {
    extra: Vec<(String, Difference<'a>)>,
    missing: Vec<(String, Difference<'a>)>,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let folders = folders(&network.cni);
    let strangers = nodes_with_another_network(&folders);
    let mut by_path: BTreeMap<&str, Vec<&NodeFolder<'_, '_>>> = BTreeMap::new();
    for folder in folders.iter().filter(|folder| !strangers.contains(&folder.node)) {
        by_path.entry(folder.path).or_default().push(folder);
    }
    for folders in by_path.into_values() {
        let names: BTreeSet<&str> =
            folders.iter().flat_map(|folder| folder.files().into_keys()).collect();
        // By the nodes that deviate.
        let mut found: BTreeMap<Vec<&str>, Files<'_>> = BTreeMap::new();
        for name in names {
            for difference in differences(presence(&folders, name)) {
                let key = difference.sides[0].iter().map(|one| one.node.name).collect();
                let has = difference.sides[0][0].value.is_some();
                let files = found.entry(key).or_default();
                let list = if has { &mut files.extra } else { &mut files.missing };
                list.push((name.to_owned(), difference));
            }
        }
        findings.extend(found.values().filter_map(report));
    }
}

/// That these have other files is no wonder, and told already.
fn nodes_with_another_network<'a>(folders: &[NodeFolder<'_, 'a>]) -> BTreeSet<NodeFile<'a>> {
    let differences = network_differences(folders).into_iter();
    let chains = differences.filter(|(subject, _)| *subject == Subject::Chain);
    let strangers = chains.flat_map(|(_, differences)| differences).flat_map(|difference| {
        difference.deviating().map(|statement| statement.node).collect::<Vec<_>>()
    });
    strangers.map(|node| NodeFile { file: "", ..node }).collect()
}

/// Whether each node has the file of a name.
fn presence<'a>(folders: &[&NodeFolder<'_, 'a>], name: &str) -> Vec<Statement<'a>> {
    let of_folder = |folder: &&NodeFolder<'_, 'a>| {
        let own = folder.files().get(name).copied();
        let config = own.or_else(|| folder.configs.first().copied())?;
        let value = own.map(|_| String::new());
        Some(Statement { node: folder.node, value, span: config.span() })
    };
    folders.iter().filter_map(of_folder).collect()
}

fn report(files: &Files<'_>) -> Option<Diagnostic> {
    let (_, difference) = files.extra.first().or(files.missing.first())?;
    let side = &difference.sides[0];
    let others = match difference.has_majority {
        true => format!("{} other nodes", difference.sides[1].len()),
        false => nodes(&difference.sides[1]),
    };
    let list = |files: &[(String, Difference<'_>)]| {
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        some_of(&names, "files")
    };
    let (extra, missing) = (list(&files.extra), list(&files.missing));
    let has = if side.len() == 1 { "has" } else { "have" };
    let not = if difference.sides[1].len() == 1 { "does not" } else { "do not" };
    let message = match (files.extra.is_empty(), files.missing.is_empty()) {
        (false, false) => format!("{} {has} {extra} instead of {missing} as {others}", nodes(side)),
        (false, true) => format!("{} {has} {extra}, and {others} {not}", nodes(side)),
        (true, _) => format!("{} {has} no {missing}, unlike {others}", nodes(side)),
    };
    let severity = if difference.is_of_pool { Severity::Info } else { Severity::Warning };
    // Where a node has none of the files that others have, any of its own has to do.
    let related = files.missing.iter().filter_map(|(name, difference)| {
        let other = difference.sides.last()?.first()?;
        Some(other.span.label(format!("`{name}` of node `{}`", other.node.name)))
    });
    Some(
        Diagnostic::new(severity, side[0].span.label(""), message)
            .related_all(
                side[1..]
                    .iter()
                    .take(3)
                    .map(|one| one.span.label(format!("node `{}`", one.node.name))),
            )
            .related_all(related.take(3))
            .help("give every node the same files; runtimes load the first, byte by byte by name"),
    )
}
