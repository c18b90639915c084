//! `cnp-removed-field`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::image::Component;
use crate::model::plugin_policies::CiliumRule;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/cnp-removed-field.md"),
    check: Check::Network(check),
};

/// The first Cilium without `fromRequires` and `toRequires`: its upgrade notes.
const CILIUM_WITHOUT: (u32, u32) = (1, 19);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let cilium = network.versions.software.iter().find(|it| it.component == Component::Cilium);
    for policy in network.cilium_policies() {
        let spec = policy.spec;
        let ingress = [&spec.ingress, &spec.ingress_deny].map(|list| (list, "fromRequires"));
        let egress = [&spec.egress, &spec.egress_deny].map(|list| (list, "toRequires"));
        for (list, field) in ingress.into_iter().chain(egress) {
            let rules = list.items().iter().filter_map(Field::value);
            for span in rules.filter_map(|rule: &CiliumRule| rule.requires.span()) {
                let place = policy.keys.span(Some(span)).unwrap_or(span);
                let diagnostic = match cilium {
                    Some(cilium)
                        if (cilium.release.major, cilium.release.minor) >= CILIUM_WITHOUT =>
                    {
                        let message = format!("Cilium {} has no `{field}`", cilium.version);
                        Diagnostic::warning(place.label(""), message)
                            .related(cilium.label(format!("Cilium {}", cilium.version)))
                    }
                    _ => Diagnostic::info(
                        place.label(""),
                        format!("`{field}` is gone with Cilium 1.19"),
                    ),
                };
                findings.add(diagnostic.help(
                    "put what is required into the selectors of the rules that allow, or deny the others",
                ));
            }
        }
    }
}
