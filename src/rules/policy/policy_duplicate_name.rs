//! `policy-duplicate-name`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/policy-duplicate-name.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut known: FxHashMap<_, Object<'_>> = FxHashMap::default();
    let mut file = None;
    let policies = network.objects.iter().filter(|object| object.kind().ends_with("NetworkPolicy"));
    for object in policies.filter(|object| !object.name().is_empty()) {
        // Several files may be alternatives; one file is applied from its top to its end.
        if file.replace(object.span().file) != Some(object.span().file) {
            known.clear();
        }
        let key = (object.resource.group(), object.kind(), object.namespace(), object.name());
        let Some(first) = known.insert(key, *object) else { continue };
        let message = format!("a second {} `{}` takes the place of the first", key.1, key.3);
        findings.add(
            Diagnostic::warning(object.label(""), message)
                .related(first.label("the first"))
                .help("give each policy of a namespace a name of its own: policies add to each other, and objects of one name do not"),
        );
    }
}
