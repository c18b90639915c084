//! `netpol-namespace-label-not-set`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Severity};
use crate::model::Network;
use crate::model::labels::{LabelValue, Operator, Requirement, Selector};
use crate::model::namespaces::{CONVENTIONS, NAME_LABEL, SYSTEM};
use crate::model::policies::Policy;
use crate::model::policy_rules::PeerKind;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-namespace-label-not-set.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        for rules in [&policy.ingress, &policy.egress] {
            for peer in rules.rules.iter().flat_map(|rule| rule.peers.iter().flatten()) {
                let PeerKind::Pods { namespaces: Some(selector), .. } = &peer.kind else {
                    continue;
                };
                for requirement in &selector.requirements {
                    findings.extend(look_at(network, policy, selector, requirement));
                }
            }
        }
    }
}

fn look_at(
    network: &Network<'_>,
    policy: &Policy<'_>,
    selector: &Selector<'_>,
    requirement: &Requirement<'_>,
) -> Option<Diagnostic> {
    let Operator::In(values) = &requirement.operator else { return None };
    let ([value], key) = (values.as_slice(), requirement.key) else { return None };
    let namespaces = &network.namespaces;
    if !CONVENTIONS.contains(&key) || requirement.partly_known || !namespaces.exists(value) {
        return None;
    }
    // Somebody sets it, on this namespace or on another one.
    let carries = |name: &str| match namespaces.labels(name).get(key) {
        LabelValue::Is(found) => found == *value,
        LabelValue::Absent => false,
        LabelValue::Present | LabelValue::Unknown => true,
    };
    if namespaces.defined().any(carries) {
        return None;
    }
    let span = requirement.span?;
    let is_system = SYSTEM.contains(value);
    let severity = match () {
        // Both put labels of their own on every namespace.
        () if is_managed(network) => Severity::Info,
        () if is_system || namespaces.is_defined(value) => Severity::Warning,
        () => Severity::Info,
    };
    let message = match is_system && !namespaces.is_defined(value) {
        true => format!("Kubernetes puts no label `{key}` on namespace `{value}`"),
        false => format!("nothing here puts the label `{key}: {value}` on namespace `{value}`"),
    };
    let defined = namespaces
        .objects(value)
        .iter()
        .map(|object| object.label(format!("has no label `{key}`")));
    let mut diagnostic = Diagnostic::new(severity, span.label(""), message)
        .related_all(defined)
        .help(format!("select by `{NAME_LABEL}: {value}`, which every namespace has"));
    // Of an expression, this is the place of more than its key.
    let written = policy.spec.keys.span(Some(span));
    if let Some(written) = written.filter(|_| selector.required_value(NAME_LABEL).is_none()) {
        let change = Change::write(written, key, NAME_LABEL);
        diagnostic = diagnostic.mend(Mend::safe(format!("select by `{NAME_LABEL}`"), change));
    }
    Some(diagnostic)
}

/// Whether the cluster is one of OpenShift or Rancher.
fn is_managed(network: &Network<'_>) -> bool {
    network.objects.iter().any(|object| {
        let group = object.resource.group();
        group.ends_with(".openshift.io")
            || group.ends_with(".cattle.io") && group != "helm.cattle.io"
    })
}
