//! `cni-multiple-configs`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::{Config, Directory};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-multiple-configs.md"),
    check: Check::Network(check),
};

/// Of many files, as many as a person looks at.
const SHOWN: usize = 5;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for directory in &network.cni.directories {
        let competitors = competitors(directory);
        let Some((winner, losers)) = competitors.split_first() else { continue };
        let Some((second, others)) = losers.split_first() else { continue };
        let (path, first) = (directory.path, winner.file_name());
        let message = match others.len() {
            0 => format!("`{}` is not used: `{first}` comes before it", second.file_name()),
            more => format!(
                "`{}` and {more} more of `{path}` are not used: `{first}` comes before them",
                second.file_name()
            ),
        };
        let label = |config: &&Config<'_>| {
            config.span().label(format!("`{}` is not used either", config.file_name()))
        };
        findings.add(
            Diagnostic::warning(second.span().label(""), message)
                .related(winner.span().label(format!("`{first}` is the network of all pods")))
                .related_all(others.iter().take(SHOWN).map(label))
                .help(
                    "keep the one that is meant; give the others an ending such as `.bak`, or names \
                     that sort behind it, byte by byte, if they are kept on purpose",
                ),
        );
    }
}

/// The files of which one becomes the network of all pods.
fn competitors<'n, 'a>(directory: &'n Directory<'a>) -> Vec<&'n Config<'a>> {
    // Multus hands over to the others, and Cilium's agent renames them.
    let is_master = |config: &Config<'_>| config.is_meta() || config.has_type("cilium-cni");
    if !directory.is_ordered() || directory.configs.iter().any(is_master) {
        return Vec::new();
    }
    let competes = |config: &&Config<'_>| {
        let name = config.config.name.value().map_or("", String::as_str);
        // Podman and nerdctl have one file for each network, and find it by name.
        let by_name = ["podman", "nerdctl"].iter().any(|program| name.starts_with(program));
        config.config.strict_problem.is_none() && !config.is_loopback() && !by_name
    };
    directory.configs.iter().filter(competes).collect()
}
