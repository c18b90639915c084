//! `netpol-null-selector`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policy_rules::PeerKind;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-null-selector.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        let peers = || {
            let rules =
                [&policy.ingress, &policy.egress].into_iter().flat_map(|rules| &rules.rules);
            rules.flat_map(|rule| rule.peers.iter().flatten())
        };
        for span in &policy.spec.null_selectors {
            let message = match peers().find(|peer| peer.span.contains(*span)) {
                None => "a selector that is null selects every pod of the namespace".to_owned(),
                Some(peer) => match &peer.kind {
                    PeerKind::Pods { namespaces: None, .. } => {
                        "a selector that is null counts as left out: these are pods of the policy's own namespace alone".to_owned()
                    }
                    PeerKind::Pods { .. } => {
                        "a selector that is null counts as left out: these are all pods of the namespaces".to_owned()
                    }
                    // A peer without anything else is refused, which is another rule.
                    PeerKind::Block(_) | PeerKind::Unknown => continue,
                },
            };
            findings.add(
                Diagnostic::warning(span.label(""), message)
                    .help("write `{}` for all, or what is to be selected"),
            );
        }
    }
}
