//! `netpol-ipblock-hits-pods-on-cilium`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::AddressRange;
use crate::model::enforcement::Software;
use crate::model::policy_rules::{PeerKind, is_whole_family};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-ipblock-hits-pods-on-cilium.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(cilium) = network.enforcement.first(Software::Cilium) else { return };
    let ranges = network.addresses.pod_ranges();
    let pods: Vec<&AddressRange<'_>> = ranges.into_iter().filter(|range| range.is_fact()).collect();
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for peer in rules.rules.iter().flat_map(|rule| rule.peers.iter().flatten()) {
                let PeerKind::Block(block) = &peer.kind else { continue };
                let Some(cidr) = block.source.cidr.known() else { continue };
                let hit = pods.iter().find(|pods| {
                    pods.range.overlaps(block.range) && !block.covers(pods.range).is_no()
                });
                let Some(pods) = hit.filter(|_| !is_whole_family(block.range)) else { continue };
                // A wider range may be meant for what is outside of the cluster, too.
                let inside = pods.range.contains(block.range);
                let severity = if inside { Severity::Warning } else { Severity::Info };
                let message =
                    format!("`{}` covers no pod: Cilium knows pods by their labels", cidr.value);
                findings.add(
                    Diagnostic::new(severity, cidr.label(""), message)
                        .related(pods.label())
                        .related(cilium.span.label("Cilium"))
                        .help(
                            "select the pods with a `podSelector`, a `namespaceSelector` or both",
                        ),
                );
            }
        }
    }
}
