//! `cni-name-invalid-or-duplicate`: see the page.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::model::Network;
use crate::model::cni::{Cni, Config};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-name-invalid-or-duplicate.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable() {
        let Some(name) = config.config.name.known() else { continue };
        if name.is_empty() || is_valid(name) {
            continue;
        }
        findings.add(
            Diagnostic::error(name.label(""), format!("`{}` cannot name a network", name.value))
                .help("start with a letter or digit, and go on with those, `_`, `.` and `-`"),
        );
    }
    for same in duplicates_on_a_node(&network.cni) {
        report(Severity::Warning, &same, findings);
    }
    for same in duplicate_attachments(&network.cni) {
        report(Severity::Info, &same, findings);
    }
}

/// libcni `pkg/utils/utils.go`: `^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$`.
fn is_valid(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    name.bytes().all(inner) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Files of one directory. Where only the first of them is used, another rule says so.
fn duplicates_on_a_node<'n, 'a>(cni: &'n Cni<'a>) -> Vec<Vec<&'n Config<'a>>> {
    let several_are_used = |configs: &[Config<'_>]| configs.iter().any(Config::is_meta);
    let directories = cni
        .directories
        .iter()
        .filter(|directory| !directory.is_ordered() || several_are_used(&directory.configs));
    directories.flat_map(|directory| same_names(directory.configs.iter())).collect()
}

fn duplicate_attachments<'n, 'a>(cni: &'n Cni<'a>) -> Vec<Vec<&'n Config<'a>>> {
    // Other plugins keep nothing by the name, or join networks by it on purpose.
    let counts = |config: &&Config<'_>| config.is_attachment() && config.has_ipam("host-local");
    same_names(cni.readable().filter(counts))
}

/// Configurations with one name that say different things.
fn same_names<'n, 'a: 'n>(
    configs: impl Iterator<Item = &'n Config<'a>>,
) -> Vec<Vec<&'n Config<'a>>> {
    let mut by_name: BTreeMap<&str, Vec<&'n Config<'a>>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for config in configs.filter(|config| config.config.strict_problem.is_none()) {
        let Some(name) = config.config.name.value().filter(|name| !name.is_empty()) else {
            continue;
        };
        if known.insert((name, config.object.resource.content)) {
            by_name.entry(name).or_default().push(config);
        }
    }
    by_name.into_values().filter(|same| same.len() > 1).collect()
}

/// Of many places, as many as a person looks at.
const SHOWN: usize = 5;

fn report(severity: Severity, same: &[&Config<'_>], findings: &mut Findings<'_>) {
    let place = |config: &Config<'_>| config.config.name.span().unwrap_or(config.span());
    let Some((first, others)) = same.split_first() else { return };
    let Some((second, others)) = others.split_first() else { return };
    let name = second.config.name.value().map_or("", String::as_str);
    let labels = others.iter().take(SHOWN).map(|other| place(other).label("and here"));
    let labels: Vec<Label> = labels.collect();
    findings.add(
        Diagnostic::new(
            severity,
            place(second).label(""),
            format!("{} different networks have the name `{name}`", same.len()),
        )
        .related(place(first).label("the name is taken here"))
        .related_all(labels)
        .help(
            "give each network a name of its own: host-local keeps the addresses it has handed out \
             in a folder of that name",
        ),
    );
}
