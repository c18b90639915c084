//! `netpol-ipblock-in-cluster`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::AddressRange;
use crate::model::enforcement::Software;
use crate::model::policies::Direction;
use crate::model::policy_rules::{Block, PeerKind};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-ipblock-in-cluster.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // What Cilium makes of it is told by another rule.
    let cilium = network.enforcement.has(Software::Cilium);
    let pods = network.addresses.pod_ranges();
    let services = network.addresses.service_ranges();
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for peer in rules.rules.iter().flat_map(|rule| rule.peers.iter().flatten()) {
                let PeerKind::Block(block) = &peer.kind else { continue };
                let Some(cidr) = block.source.cidr.known() else { continue };
                if let Some(range) = within(&pods, block).filter(|_| !cilium) {
                    findings.add(of_pods(cidr, block, range));
                } else if rules.direction == Direction::Ingress
                    && let Some(range) = within(&services, block)
                {
                    let message =
                        format!("no packet comes from `{}`: Services have it", cidr.value);
                    findings.add(
                        Diagnostic::warning(cidr.label(""), message)
                            .related(range.label())
                            .help("an address of a Service is only ever a destination: select the pods that call"),
                    );
                }
            }
        }
    }
}

/// The range of the cluster that a block lies in, when the files state it.
fn within<'n, 'a>(
    ranges: &[&'n AddressRange<'a>],
    block: &Block<'_>,
) -> Option<&'n AddressRange<'a>> {
    let mut ranges = ranges.iter().copied();
    ranges.find(|range| range.is_fact() && range.range.contains(block.range))
}

fn of_pods(cidr: &Spanned<String>, block: &Block<'_>, range: &AddressRange<'_>) -> Diagnostic {
    let help = "an `ipBlock` is for what lies outside of the cluster: select the pods with a `podSelector`, a `namespaceSelector` or both";
    let diagnostic = match block.range.size() {
        1 => {
            let message = format!("`{}` is the address of whichever pod has it today", cidr.value);
            Diagnostic::warning(cidr.label(""), message)
        }
        _ => {
            let message = format!("`{}` lies in the pod range, and pods come and go", cidr.value);
            Diagnostic::info(cidr.label(""), message)
        }
    };
    diagnostic.related(range.label()).help(help)
}
