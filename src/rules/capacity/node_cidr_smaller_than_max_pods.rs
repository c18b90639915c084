//! `node-cidr-smaller-than-max-pods`: see the page.

use rustc_hash::FxHashMap;

use super::words;
use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::model::Network;
use crate::model::addresses::{Family, IpRange};
use crate::model::capacity::{Cutter, MaxPods, MaxPodsSource, NodeRanges, host_addresses};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/node-cidr-smaller-than-max-pods.md"),
    check: Check::Network(check),
};

/// Pods in the network of their node count against the limit and need no address: that many may
/// be among them.
const HOST_NETWORK_PODS: u128 = 10;

/// The bridge of a node has an address of the node's range, too.
const BRIDGE: u128 = 1;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let capacity = &network.capacity;
    // If files disagree about the mask, the largest range is certain to be no smaller.
    let taken = |ranges: &&NodeRanges<'_>| {
        let by_ipv4 = ranges.family() == Family::V4 && ranges.nodes() > 0;
        by_ipv4 && capacity.ipam.takes_ranges_of(ranges.cutter)
    };
    let ranges = capacity.node_ranges.iter().filter(taken).min_by_key(|ranges| ranges.mask.length);
    let of_nodes = capacity.ipam.takes_ranges_of(Cutter::ControllerManager);

    let mut shortages: Vec<Shortage<'_>> = Vec::new();
    let mut alike: FxHashMap<(u64, u8), usize> = FxHashMap::default();
    for max_pods in &capacity.max_pods {
        let node_range = max_pods.node_range.filter(|_| of_nodes);
        let Some(shortage) = shortage(max_pods, node_range, ranges) else { continue };
        if max_pods.source == MaxPodsSource::NodeStatus {
            let key = (max_pods.pods, shortage.length);
            if let Some(first) = alike.get(&key) {
                shortages[*first].nodes += 1;
                continue;
            }
            alike.insert(key, shortages.len());
        }
        shortages.push(shortage);
    }
    findings.extend(shortages.into_iter().map(Shortage::diagnostic));
}

/// A node's range that does not hold the node's pods.
struct Shortage<'n> {
    max_pods: &'n MaxPods<'n>,
    /// The prefix length of the node's range.
    length: u8,
    /// It is the node's own, rather than any node's.
    by_node: bool,
    related: Vec<Label>,
    /// How many Node objects say the same.
    nodes: usize,
}

fn shortage<'n>(
    max_pods: &'n MaxPods<'n>,
    node_range: Option<(IpRange, Span)>,
    ranges: Option<&NodeRanges<'_>>,
) -> Option<Shortage<'n>> {
    let (length, related) = match (node_range, ranges) {
        (Some((range, span)), _) => (range.prefix()?, vec![span.label("range of the node")]),
        (None, Some(ranges)) => (ranges.mask.length, words::origin(ranges)),
        (None, None) => return None,
    };
    let by_node = node_range.is_some();
    let shortage = Shortage { max_pods, length, by_node, related, nodes: 1 };
    let enough = shortage.usable() + HOST_NETWORK_PODS >= u128::from(max_pods.pods);
    (!enough).then_some(shortage)
}

impl Shortage<'_> {
    fn usable(&self) -> u128 {
        host_addresses(Family::V4, self.length).saturating_sub(BRIDGE)
    }

    fn diagnostic(self) -> Diagnostic {
        let (pods, length) = (self.max_pods.pods, self.length);
        let addresses = words::count(host_addresses(Family::V4, length), "address");
        let message = match (self.by_node, self.nodes) {
            (_, 2..) => format!(
                "{addresses} for {pods} pods on each of {} nodes: their ranges are /{length}",
                self.nodes
            ),
            (true, _) => format!("{addresses} for {pods} pods: the node's range is a /{length}"),
            (false, _) => format!("{addresses} for {pods} pods: a node's range is a /{length}"),
        };
        let explicit = matches!(
            self.max_pods.source,
            MaxPodsSource::Flag | MaxPodsSource::KubeletConfiguration | MaxPodsSource::Installer(_)
        );
        let severity = match explicit && u128::from(pods) > 2 * self.usable() {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let text = match self.max_pods.source {
            MaxPodsSource::Default | MaxPodsSource::InstallerDefault(_) => {
                format!("`{}` is {pods} by default", self.max_pods.source.field())
            }
            _ => String::new(),
        };
        let at_most = format!("run at most {} pods on a node", self.usable());
        let help = match mask_for(pods) {
            Some(mask) => format!("give each node a /{mask}, or {at_most}"),
            None => at_most,
        };
        Diagnostic::new(severity, self.max_pods.span.label(text), message)
            .related_all(self.related)
            .help(help)
    }
}

/// The longest mask that leaves an address for each pod, the bridge and the two that nobody gets.
fn mask_for(pods: u64) -> Option<u8> {
    let addresses = u128::from(pods) + BRIDGE + 2;
    (1..=32).rev().find(|length| 1_u128 << (32 - length) >= addresses)
}

#[cfg(test)]
mod tests {
    use super::mask_for;

    #[test]
    fn the_mask_leaves_an_address_for_each_pod() {
        let table = [
            (0, Some(30)),
            (1, Some(30)),
            (2, Some(29)),
            (110, Some(25)),
            (253, Some(24)),
            (254, Some(23)),
            (500, Some(23)),
            (2_147_483_645, Some(1)),
            (2_147_483_646, None),
            (u64::MAX, None),
        ];
        for (pods, mask) in table {
            assert_eq!(mask_for(pods), mask, "{pods}");
        }
    }
}
