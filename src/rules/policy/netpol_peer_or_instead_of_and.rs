//! `netpol-peer-or-instead-of-and`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Severity};
use crate::model::Network;
use crate::model::labels::Selector;
use crate::model::policies::Policy;
use crate::model::policy_rules::{Peer, PeerKind};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-peer-or-instead-of-and.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                let peers = rule.peers.as_deref().unwrap_or_default();
                for pair in peers.windows(2) {
                    findings.extend(look_at(network, policy, peers.len(), &pair[0], &pair[1]));
                }
            }
        }
    }
}

fn look_at<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    count: usize,
    first: &Peer<'a>,
    second: &Peer<'a>,
) -> Option<Diagnostic> {
    let (namespaces, pods, in_order) = match (halves(first)?, halves(second)?) {
        ((Some(namespaces), None), (None, Some(pods))) => (namespaces, pods, true),
        ((None, Some(pods)), (Some(namespaces), None)) => (namespaces, pods, false),
        _ => return None,
    };
    if namespaces.is_empty() || pods.is_empty() {
        return None;
    }
    let own = !network.workloads.select(policy.namespace, pods).is_empty();
    let there = !network.classes_of(namespaces, pods).is_empty();
    let is_dns = pods.required_value("k8s-app") == Some("kube-dns");
    let severity = match (own, there) {
        // Local pods are what the second item means.
        (true, false) => return None,
        (true, true) => Severity::Info,
        (false, true) => Severity::Warning,
        (false, false) if is_dns => Severity::Warning,
        (false, false) if !in_order => return None,
        (false, false) if count > 2 => Severity::Info,
        (false, false) => Severity::Warning,
    };
    let keys = &policy.spec.keys;
    let key = |peer: &Peer<'a>| {
        let source = peer.source?;
        let written = source.namespace_selector.span().or(source.pod_selector.span());
        keys.span(written)
    };
    let (first_key, second_key) = (key(first)?, key(second)?);
    let own_namespace = match policy.object.namespace_name() {
        Some(name) => format!("namespace `{name}`"),
        None => "the policy's own namespace".to_owned(),
    };
    let message =
        "two items of a list are alternatives: any pod of these namespaces, or these pods of "
            .to_owned()
            + &own_namespace;
    let (one, other) = match in_order {
        true => ("all pods of these namespaces", "these pods"),
        false => ("these pods", "all pods of these namespaces"),
    };
    let join = Change::Join { first: first_key, second: second_key };
    Some(
        Diagnostic::new(severity, second_key.label(other), message)
            .related(first_key.label(one))
            .help("put both selectors into one item, if these pods in these namespaces are meant")
            .mend(Mend::risky("put both selectors into one item", join)),
    )
}

/// The selectors of a peer: for namespaces, and for pods.
fn halves<'p, 'a>(
    peer: &'p Peer<'a>,
) -> Option<(Option<&'p Selector<'a>>, Option<&'p Selector<'a>>)> {
    match &peer.kind {
        PeerKind::Pods { namespaces, pods } => Some((namespaces.as_ref(), pods.as_ref())),
        PeerKind::Block(_) | PeerKind::Unknown => None,
    }
}
