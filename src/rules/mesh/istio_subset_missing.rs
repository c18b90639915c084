//! `istio-subset-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::hosts::is_known_list;
use crate::model::mesh::routes::Target;
use crate::model::mesh::{DestinationRuleSpec, Item};
use crate::model::near_miss::is_slip;
use crate::model::{Network, Object};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-subset-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for virtual_service in &network.mesh.virtual_services {
        for target in virtual_service.targets() {
            findings.extend(missing(network, virtual_service.object, &target));
        }
    }
}

fn missing(network: &Network<'_>, named_by: Object<'_>, target: &Target<'_>) -> Option<Diagnostic> {
    let subset = target.destination.subset.known().filter(|subset| !subset.is_empty())?;
    let own = network.mesh.rules(target.name);
    let first = *own.first()?;
    if !own.iter().any(|rule| network.are_together(rule.object, named_by)) {
        return None;
    }
    let mut all = own.iter().copied().chain(network.mesh.wildcard_rules(target.name));
    if network.mesh.has_patched_rule(target.name) || all.any(|rule| may_define(rule, subset)) {
        return None;
    }
    let names: Vec<String> = own.iter().map(|rule| rule.object.name().to_owned()).collect();
    let message = match names.len() {
        1 => format!("DestinationRule {} has no subset `{}`", some_of(&names, ""), subset.value),
        _ => format!(
            "none of the DestinationRules {} has a subset `{}`",
            some_of(&names, "DestinationRules"),
            subset.value
        ),
    };
    let subsets = own.iter().flat_map(|rule| rule.spec.subsets.items());
    let known: Vec<_> = subsets.filter_map(|subset| subset.value()?.name.known()).collect();
    let near = known.iter().find(|name| is_slip(name.as_str(), subset));
    let label = match near {
        Some(near) => near.label(format!("did you mean `{}`?", near.value)),
        None => first.object.label(match known.is_empty() {
            true => "it defines no subsets".to_owned(),
            false => {
                let names: Vec<String> = known.iter().map(|name| name.value.clone()).collect();
                format!("defines {}", some_of(&names, "subsets"))
            }
        }),
    };
    Some(
        Diagnostic::error(subset.label(""), message)
            .related(label)
            .help("requests to a subset that is not defined are answered with 503: define it, or name another one"),
    )
}

fn may_define(rule: &Item<'_, DestinationRuleSpec>, name: &str) -> bool {
    !is_known_list(&rule.spec.subsets)
        || rule.spec.subsets.items().iter().any(|subset| {
            subset.value().is_none_or(|subset| match subset.name.value() {
                Some(own) => own == name,
                None => subset.name.is_unknown(),
            })
        })
}
