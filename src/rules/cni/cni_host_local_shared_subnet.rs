//! `cni-host-local-shared-subnet`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{AddressRange, IpRange, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-host-local-shared-subnet.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<(IpRange, NodeFile<'_>), (&AddressRange<'_>, &str)> =
        FxHashMap::default();
    for subnet in network.addresses.from_source(Source::HOST_LOCAL_SUBNET) {
        let Some((node, file)) = subnet.object.and_then(|object| node_file(object.path)) else {
            continue;
        };
        let (earlier, other) = *first.entry((subnet.range, file)).or_insert((subnet, node));
        if other == node {
            continue;
        }
        let message = format!(
            "node `{node}` hands out addresses of `{}`, and so does node `{other}`",
            subnet.range
        );
        findings.add(
            Diagnostic::error(subnet.span.label(""), message)
                .related(earlier.span.label(format!("subnet of node `{other}`")))
                .help("give each node a subnet of its own: host-local does not ask other nodes"),
        );
    }
}

/// Where the directories of nodes lie, and the name of the file.
type NodeFile<'p> = (&'p str, &'p str);

/// The node that a file belongs to, for `nodes/a/etc/cni/net.d/10-x.conflist` and
/// `worker-1/10-x.conflist`: none when the directory does not look like that of a node.
fn node_file(path: &str) -> Option<(&str, NodeFile<'_>)> {
    let (folder, file) = path.rsplit_once('/')?;
    let root = folder.strip_suffix("/net.d").map_or(folder, |folder| {
        folder.strip_suffix("/etc/cni").or(folder.strip_suffix("/cni")).unwrap_or(folder)
    });
    let (parent, node) = root.rsplit_once('/').unwrap_or(("", root));
    is_node(parent, node).then_some((node, (parent, file)))
}

fn is_node(parent: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let environments = ["cluster", "dev", "env", "prod", "region", "site", "stag", "test"];
    if environments.iter().any(|word| name.contains(word)) {
        return false;
    }
    let machines = ["agent", "control", "host", "master", "minion", "node", "server", "worker"];
    let collection = parent.rsplit('/').next().unwrap_or_default();
    let numbered = name.ends_with(|c: char| c.is_ascii_digit())
        && name.starts_with(|c: char| c.is_ascii_alphabetic() && c != 'v');
    matches!(collection, "hosts" | "machines" | "nodes" | "servers")
        || numbered
        || machines.iter().any(|word| name.contains(word))
}
