//! `nodelocaldns-unsubstituted`: see the page.

use crate::diagnostic::{Diagnostic, Label};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/nodelocaldns-unsubstituted.md"),
    check: Check::Network(check),
};

/// What people fill in before they apply the manifest. `node-cache` itself replaces
/// `__PILLAR__CLUSTER__DNS__` and `__PILLAR__UPSTREAM__SERVERS__` when it starts.
const PLACEHOLDERS: [&str; 3] =
    ["__PILLAR__DNS__DOMAIN__", "__PILLAR__LOCAL__DNS__", "__PILLAR__DNS__SERVER__"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let words = corefile.words();
        let first = |placeholder: &&'static str| {
            let found = words.iter().filter_map(|word| {
                let start = word.text.find(placeholder)?;
                let range = word.part(start..start + placeholder.len()).range;
                Some((range.start, range))
            });
            let (_, range) = found.min_by_key(|(start, _)| *start)?;
            Some((*placeholder, corefile.label(&range, "not filled in either")))
        };
        let mut left: Vec<(&str, Label)> = PLACEHOLDERS.iter().filter_map(first).collect();
        left.sort_by_key(|(_, label)| label.span);
        let mut left = left.into_iter();
        let Some((name, label)) = left.next() else { continue };
        let primary = Label { text: String::new(), ..label };
        findings.add(
            Diagnostic::error(primary, format!("`{name}` is not filled in"))
                .related_all(left.map(|(_, label)| label))
                .help("replace it before you apply the manifest: node-cache does not know it"),
        );
    }
}
