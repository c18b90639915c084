//! `corefile-unknown-option`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::coredns::plugins::{is_former_option, options};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-unknown-option.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let mut reported = BTreeSet::new();
        for (_, directive) in corefile.directives() {
            let plugin = directive.name.text.as_str();
            let Some(known) = options(plugin) else { continue };
            for option in corefile.expand(&directive.body) {
                let name = option.name.text.as_str();
                let is_known = known.contains(&name) || is_former_option(plugin, name);
                if is_known || name == "import" || option.name.is_placeholder() {
                    continue;
                }
                let Some(meant) = nearest(name, known) else { continue };
                if reported.insert(option.name.range.start) {
                    let message = format!("the plugin `{plugin}` has no option `{name}`");
                    findings.add(
                        Diagnostic::warning(corefile.label(&option.name.range, ""), message)
                            .help(format!("did you mean `{meant}`?")),
                    );
                }
            }
        }
    }
}

/// The longer the name, the more of it may be wrong.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |option: &str| strsim::damerau_levenshtein(name, option);
    let near = known.iter().min_by_key(|option| distance(option))?;
    let limit = (name.len() / 4).clamp(1, 3);
    (distance(near) <= limit).then_some(*near)
}
