//! `node-cidr-mask-diff-over-16`: see the page.

use super::words;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::model::capacity::{Cutter, NodeRanges};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/node-cidr-mask-diff-over-16.md"),
    check: Check::Network(check),
};

/// `clusterSubnetMaxDiff` of the controller manager's allocator, `cidr_set.go`, and
/// `PodSubnetNodeMaskMaxDiff` of kubeadm.
const LIMIT: u8 = 16;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ranges in &network.capacity.node_ranges {
        let bits = ranges.mask.length.saturating_sub(ranges.pods.prefix);
        if bits > LIMIT && network.capacity.ipam.takes_ranges_of(ranges.cutter) {
            findings.extend(too_far(ranges, bits));
        }
    }
}

fn too_far(ranges: &NodeRanges<'_>, bits: u8) -> Option<Diagnostic> {
    let (range, length) = (ranges.pods.range, ranges.mask.length);
    let message = format!(
        "pod range `{range}` and a node's /{length} are {bits} bits apart; the limit is {LIMIT}"
    );
    let (severity, consequence) = match (ranges.cutter, ranges.family()) {
        (Cutter::Kubeadm, _) => (Severity::Error, "kubeadm refuses this"),
        (Cutter::ControllerManager, Family::V6) => {
            (Severity::Error, "the controller manager does not start")
        }
        (Cutter::ControllerManager, Family::V4) => {
            (Severity::Info, "the controller manager takes this, kubeadm would not")
        }
        (Cutter::Cilium | Cutter::OpenShift, _) => return None,
    };
    let help = format!(
        "{consequence}: a /{} is enough for 65536 nodes with a /{length} each",
        length - LIMIT
    );
    Some(
        Diagnostic::new(severity, words::range_label(ranges), message)
            .related_all(words::mask_and_copies(ranges))
            .help(help),
    )
}
