//! `node-cidr-mask-too-short`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::IpPool;
use crate::model::capacity::{Cutter, NodeRanges, PodRange};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/node-cidr-mask-too-short.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let capacity = &network.capacity;
    for ranges in &capacity.node_ranges {
        // Where nobody takes these ranges, they need not be handed out either.
        let severity = match capacity.ipam.takes_ranges_of(ranges.cutter) {
            true => Severity::Error,
            false => Severity::Info,
        };
        let too_small = ranges.all().filter(|pods| pods.prefix > ranges.mask.length);
        findings.extend(too_small.map(|pods| node_range(ranges, pods, severity)));
    }
    for pool in network.addresses.pools.iter().filter(|pool| !pool.is_disabled()) {
        findings.extend(block(pool));
    }
}

fn node_range(ranges: &NodeRanges<'_>, pods: &PodRange, severity: Severity) -> Diagnostic {
    let (range, mask) = (pods.range, &ranges.mask);
    let message = format!("pod range `{range}` is smaller than a node's range, a /{}", mask.length);
    let refused = match ranges.cutter {
        Cutter::Kubeadm => "kubeadm refuses this",
        Cutter::ControllerManager => "the controller manager does not start",
        Cutter::Cilium => "Cilium's operator refuses this",
        Cutter::OpenShift => "OpenShift's installer refuses this",
    };
    let remedy = match (severity, ranges.cutter) {
        (Severity::Info, Cutter::Kubeadm | Cutter::ControllerManager) => {
            "here pods get their addresses elsewhere, so `--allocate-node-cidrs=false` will do"
                .to_owned()
        }
        _ => format!(
            "widen the pod range, or set `{}` to {} or more",
            ranges.mask_field, pods.prefix
        ),
    };
    let default = format!("each node gets a /{}, the default", mask.length);
    let text = if mask.span.is_none() { default } else { String::new() };
    let copies = ranges.repeated.iter().map(|span| span.label("the same range"));
    Diagnostic::new(severity, pods.span.label(text), message)
        .related_all(mask.span.map(|span| span.label("the mask of each node")))
        .related_all(copies)
        .help(format!("{refused}: {remedy}"))
}

fn block(pool: &IpPool<'_>) -> Option<Diagnostic> {
    let size = pool.known_block_size()?;
    // A size that Calico does not take is another matter.
    if size >= i64::from(pool.cidr.prefix) || !pool.allowed_block_sizes().contains(&size) {
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
