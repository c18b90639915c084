//! `calico-host-policy-shape`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-host-policy-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.calico_policies().filter(|policy| policy.is_global) {
        let spec = policy.spec;
        let (untracked, early) = (on(&spec.do_not_track), on(&spec.pre_dnat));
        if let (Some(untracked), Some(early)) = (untracked, early) {
            findings.add(
                Diagnostic::error(early.label(""), "`preDNAT` and `doNotTrack` exclude each other")
                    .related(untracked.label("`doNotTrack`"))
                    .help("leave out one of the two"),
            );
        }
        let first = [(early, "preDNAT"), (untracked, "doNotTrack")];
        let first = first.into_iter().find_map(|(span, name)| Some((span?, name)));
        let forwards = spec.apply_on_forward.is_unknown() || on(&spec.apply_on_forward).is_some();
        if let Some((span, name)) = first.filter(|_| !forwards) {
            let message = format!("`{name}` needs `applyOnForward: true`");
            findings.add(
                Diagnostic::error(span.label(""), message)
                    .help("add `applyOnForward: true`: such a policy is about what passes through a machine, too"),
            );
        }
    }
}

fn on(field: &Field<bool>) -> Option<Span> {
    field.known().filter(|on| on.value).map(|on| on.span)
}
