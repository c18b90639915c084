//! `weave-unmaintained`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::image::{Component, component_of};
use crate::model::tables::tables;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/weave-unmaintained.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(what) = tables().unmaintained(Component::Weave.name()) else { return };
    let mut told: Option<Object<'_>> = None;
    for used in network.versions.images.iter().filter(|used| !used.replaced) {
        let is_weave = component_of(&used.image).is_some_and(|(c, _)| c == Component::Weave);
        // A fork has these names, and is maintained.
        let is_fork = used.image.repository.split('/').any(|part| part == "rajchaudhuri");
        if !is_weave || is_fork || told.is_some_and(|told| told.is(used.object)) {
            continue;
        }
        told = Some(used.object);
        let message = format!("Weave Net {what}, and nobody maintains it");
        findings.add(Diagnostic::warning(used.text.label(""), message).help(
            "move to a network plugin that is maintained, such as Calico, Cilium or Flannel; \
             `rajchaudhuri/weave-kube` is a fork that goes on",
        ));
    }
}
