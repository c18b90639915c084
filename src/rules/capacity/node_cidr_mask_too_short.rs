//! `node-cidr-mask-too-short`: see the page.

use super::words;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::{Family, IpPool};
use crate::model::capacity::{Cutter, NodeRanges};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/node-cidr-mask-too-short.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let capacity = &network.capacity;
    for ranges in capacity.node_ranges.iter().filter(|ranges| ranges.nodes() == 0) {
        // Where nobody takes these ranges, they need not be handed out either.
        let severity = match capacity.ipam.takes_node_ranges() {
            true => Severity::Error,
            false => Severity::Info,
        };
        findings.add(node_range(ranges, severity));
    }
    for pool in network.addresses.pools.iter().filter(|pool| !pool.is_disabled()) {
        findings.extend(block(pool));
    }
}

fn node_range(ranges: &NodeRanges<'_>, severity: Severity) -> Diagnostic {
    let (range, length) = (ranges.range, ranges.mask.length);
    let message = format!("pod range `{range}` is smaller than a node's range, a /{length}");
    let starts = match ranges.cutter {
        Cutter::Kubeadm => "kubeadm refuses this",
        Cutter::ControllerManager => "the controller manager does not start",
    };
    let remedy = match severity {
        Severity::Info => {
            "here pods get their addresses elsewhere, so `--allocate-node-cidrs=false` will do"
                .to_owned()
        }
        _ => format!(
            "widen the pod range, or set `--{}` to {} or more",
            mask_flag(ranges.family()),
            ranges.prefix
        ),
    };
    Diagnostic::new(severity, words::range_label(ranges), message)
        .related_all(words::mask_and_copies(ranges))
        .help(format!("{starts}: {remedy}"))
}

fn mask_flag(family: Family) -> &'static str {
    match family {
        Family::V4 => "node-cidr-mask-size-ipv4",
        Family::V6 => "node-cidr-mask-size-ipv6",
    }
}

fn block(pool: &IpPool<'_>) -> Option<Diagnostic> {
    let size = pool.known_block_size()?;
    if size >= i64::from(pool.cidr.prefix) {
        return None;
    }
    let message = format!("IP pool `{}` is smaller than one block, a /{size}", pool.range());
    let written = pool.spec.block_size.span().map(|span| span.label("size of a block"));
    Some(
        Diagnostic::error(pool.span.label(""), message)
            .related_all(written)
            .help(format!("widen the pool, or set `blockSize` to {} or more", pool.cidr.prefix)),
    )
}
