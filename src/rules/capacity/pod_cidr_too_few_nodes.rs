//! `pod-cidr-too-few-nodes`: see the page.

use super::words::{self, Beyond, holds};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::model::capacity::{Cutter, Ipam, NodeRanges, Nodes};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/pod-cidr-too-few-nodes.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let capacity = &network.capacity;
    for ranges in capacity.node_ranges.iter().filter(|ranges| ranges.nodes() > 0) {
        let taken = capacity.ipam.takes_ranges_of(ranges.cutter);
        let severity = match capacity.ipam {
            _ if taken => Severity::Error,
            // Nodes beyond the range only get events about it.
            Ipam::Calico if ranges.cutter != Cutter::Cilium => Severity::Info,
            _ => continue,
        };
        if let Some(beyond) = words::nodes_beyond(&capacity.nodes, ranges.nodes()) {
            findings.add(too_few(ranges, &capacity.nodes, beyond, severity));
        } else if taken {
            findings.extend(little_room(ranges, &capacity.nodes));
        }
    }
}

fn too_few(
    ranges: &NodeRanges<'_>,
    nodes: &Nodes<'_>,
    beyond: Beyond,
    severity: Severity,
) -> Diagnostic {
    let help = match (severity, ranges.cutter) {
        (Severity::Info, _) => {
            "Calico gives pods addresses from its pools all the same; with \
             `--allocate-node-cidrs=false` the controller manager does not try"
        }
        (_, Cutter::Cilium) => {
            "nodes beyond get no range, and no pod on them gets an address: add a range to the list"
        }
        _ => {
            "nodes beyond get no range, and no pod on them gets an address: widen the pod range, \
             or give each node a longer mask"
        }
    };
    Diagnostic::new(
        severity,
        words::range_label(ranges),
        format!("{}, {}", holds(ranges), beyond.are()),
    )
    .related_all(words::mask_and_copies(ranges))
    .related_all(words::first_without_room(nodes, ranges.nodes()))
    .help(help)
}

/// A range that can hardly grow, when nobody says that it need not.
fn little_room(ranges: &NodeRanges<'_>, nodes: &Nodes<'_>) -> Option<Diagnostic> {
    let severity = match ranges.nodes() {
        _ if nodes.is_single || nodes.known() == 1 || nodes.planned.is_some() => return None,
        1..=3 => Severity::Warning,
        4..=10 => Severity::Info,
        _ => return None,
    };
    let change = match ranges.cutter {
        Cutter::Cilium => "the mask of nodes cannot be changed once the cluster runs",
        _ => "a pod range is hard to change once the cluster runs",
    };
    let help = format!("{change}; `nodes` in `netvet.yaml` says how many are planned");
    Some(
        Diagnostic::new(severity, words::range_label(ranges), holds(ranges))
            .related_all(words::mask_and_copies(ranges))
            .help(help),
    )
}
