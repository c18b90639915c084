//! `netpol-peer-selects-nothing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::Selector;
use crate::model::namespaces::NAME_LABEL;
use crate::model::near_miss::{is_slip, keys_are_in_use, label_span, near_miss};
use crate::model::policies::Policy;
use crate::model::policy_rules::{Peer, PeerKind};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-peer-selects-nothing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for rule in &rules.rules {
                for (index, peer) in rule.peers.iter().flatten().enumerate() {
                    let before = index.checked_sub(1).and_then(|at| rule.peers.as_ref()?.get(at));
                    findings.extend(namespace_misspelt(network, peer));
                    findings.extend(pods_missing(network, policy, peer, before));
                }
            }
        }
    }
}

/// A namespace that is not there, and one of nearly the same name that is.
fn namespace_misspelt(network: &Network<'_>, peer: &Peer<'_>) -> Option<Diagnostic> {
    let PeerKind::Pods { namespaces: Some(selector), .. } = &peer.kind else { return None };
    let wanted = selector.required_value(NAME_LABEL)?;
    if network.namespaces.exists(wanted) {
        return None;
    }
    let meant = network.namespaces.defined().filter(|name| is_slip(wanted, name)).min()?;
    let requirement = selector.requirements.iter().find(|r| r.key == NAME_LABEL)?;
    let defined = network.namespaces.objects(meant).first()?;
    Some(
        Diagnostic::warning(
            requirement.span?.label(""),
            format!("no namespace `{wanted}` is here"),
        )
        .related(defined.label(format!("did you mean `{meant}`?"))),
    )
}

fn pods_missing<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    peer: &Peer<'a>,
    before: Option<&Peer<'a>>,
) -> Option<Diagnostic> {
    let PeerKind::Pods { namespaces, pods: Some(pods) } = &peer.kind else { return None };
    let workloads = &network.workloads;
    if pods.is_empty() || !pods.is_known() || !network.peer_classes(policy, peer).is_empty() {
        return None;
    }
    let scope: Vec<usize> = match namespaces {
        None => workloads.around(policy.object).to_vec(),
        Some(selector) => {
            let certain = network.classes_of(selector, &Selector::default()).into_iter();
            certain.filter(|(_, answer)| answer.is_yes()).map(|(class, _)| class).collect()
        }
    };
    if scope.is_empty() {
        return None;
    }
    let span = peer.source?.pod_selector.span()?;
    let place = policy.spec.keys.span(Some(span)).unwrap_or(span);
    if let Some(near) = near_miss(pods, &scope, workloads) {
        let message =
            format!("this peer selects no pod: none has `{}: {}`", near.wanted.0, near.wanted.1);
        let label = workloads.members(near.class).next().and_then(|workload| {
            let text =
                format!("pods of `{}` have `{}: {}`", workload.title(), near.found.0, near.found.1);
            Some(label_span(workload, near.found.0)?.label(text))
        });
        let place = near.wanted_span.unwrap_or(place);
        return Some(Diagnostic::warning(place.label(""), message).related_all(label));
    }
    if namespaces.is_none() {
        // Where the item before speaks of namespaces, this is about the list, not about the labels.
        let split = before.is_some_and(|peer| {
            matches!(&peer.kind, PeerKind::Pods { namespaces: Some(_), pods: None })
        });
        if split {
            return None;
        }
        if let Some(found) = elsewhere(network, policy, pods, place) {
            return Some(found);
        }
    }
    if !keys_are_in_use(pods, &scope, workloads) {
        return None;
    }
    let message = "this peer selects none of the pods that are here";
    Some(Diagnostic::info(place.label(""), message))
}

/// The pods are there, in another namespace than the one that a `podSelector` alone looks in.
fn elsewhere<'a>(
    network: &Network<'a>,
    policy: &Policy<'a>,
    pods: &Selector<'a>,
    place: Span,
) -> Option<Diagnostic> {
    let own = policy.object.namespace_name()?;
    let found = network.classes_of(&Selector::default(), pods);
    let (class, _) = found.iter().find(|(_, answer)| answer.is_yes())?;
    let workload = network.workloads.members(*class).next()?;
    let there = workload.object.namespace_name()?;
    let message = format!(
        "no pod of namespace `{own}` has these labels; `{}` is in `{there}`",
        workload.title()
    );
    Some(
        Diagnostic::warning(place.label(""), message)
            .related(workload.object.label("selected, were it not for its namespace"))
            .help(format!("a `podSelector` alone selects pods of the policy's own namespace: add `namespaceSelector: {{matchLabels: {{{NAME_LABEL}: {there}}}}}` to the same item")),
    )
}
