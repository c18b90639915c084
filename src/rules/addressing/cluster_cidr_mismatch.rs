//! `cluster-cidr-mismatch`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Severity};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Addresses, Duty, Role};
use crate::model::capacity::Ipam;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-cidr-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    // Where there are traces of another plugin too, nobody knows whether Flannel is installed.
    let is_flannel_used = matches!(network.capacity.ipam, Ipam::NodeRanges | Ipam::Unseen);
    for range in plan.of(Role::Pod) {
        if range.source.is_flannel_network() && !is_flannel_used {
            continue;
        }
        let mut others = references(plan, range);
        others.retain(|other| is_flannel_used || !other.source.is_flannel_network());
        // What repeats a range may cover several, and must cover all of them.
        let Some(missed) = others.iter().find(|other| !range.range.contains(other.range)) else {
            continue;
        };
        let overlaps = others.iter().any(|other| other.range.overlaps(range.range));
        let (severity, message) = match (overlaps, range.source.duty()) {
            (false, _) => {
                let message =
                    format!("{} has nothing in common with the {}", range.title(), missed.title());
                (Severity::Error, message)
            }
            // A controller manager may well be given a part of the range.
            (true, Duty::Overrides) => continue,
            (true, _) => {
                let message = format!("{} does not cover the {}", range.title(), missed.title());
                // Nodes get their ranges from the first address on.
                let first = range.range.contains_address(missed.range.first());
                let fails_at_once = range.source.is_flannel_network() && !first;
                let severity = if fails_at_once { Severity::Error } else { Severity::Warning };
                (severity, message)
            }
        };
        let mut diagnostic = Diagnostic::new(severity, range.span.label(""), message)
            .related(missed.label())
            .help(help(range, missed));
        if range.source.repeats_pods() && missed.source.defines_pods() {
            let was = match range.cidr {
                Some(cidr) => format!("{}/{}", cidr.address, cidr.prefix),
                None => range.range.to_string(),
            };
            diagnostic = diagnostic.mend(Mend::risky(
                format!("write `{}`", missed.range),
                Change::write(range.span, was, missed.range.to_string()),
            ));
        }
        findings.add(diagnostic);
    }
}

/// What a statement must agree with: kube-proxy and Flannel with the range of the cluster, kube-proxy
/// with Flannel and the pools where nobody says that; the controller manager's flag with kubeadm's
/// field.
fn references<'p, 'a>(
    plan: &'p Addresses<'a>,
    range: &AddressRange<'a>,
) -> Vec<&'p AddressRange<'a>> {
    let mut found: Vec<&AddressRange<'_>> = match range.source.duty() {
        Duty::Overrides => plan.with_duty(Role::Pod, Duty::Defines).collect(),
        Duty::Repeats => plan.cluster_pod_ranges(),
        Duty::Defines | Duty::Extends | Duty::Stands => Vec::new(),
    };
    // A flag overrides an installer's field.
    if found.iter().any(|other| other.source.duty() == Duty::Overrides) {
        found.retain(|other| other.source.duty() == Duty::Overrides);
    }
    found.retain(|other| other.range.family() == range.range.family());
    let is_proxy = range.source.repeats_pods() && !range.source.is_flannel_network();
    if found.is_empty() && is_proxy {
        found = plan.pod_ranges();
        found.retain(|other| {
            let of_family = other.range.family() == range.range.family();
            let is_pool = other.role() == Role::IpPool
                && other.pool.is_none_or(|pool| !plan.pools[pool].is_on_request());
            of_family && other.is_fact() && (is_pool || other.source.is_flannel_network())
        });
    }
    found
}

fn help(range: &AddressRange<'_>, missed: &AddressRange<'_>) -> String {
    if range.source.is_flannel_network() {
        return format!(
            "write `{}`: flannel gets no lease on a node whose range is not in its network",
            missed.range
        );
    }
    match range.source.repeats_pods() {
        true => format!("write the range that pods have, `{}`", missed.range),
        false => format!("write `{}` in both places", missed.range),
    }
}
