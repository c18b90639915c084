//! `corefile-forward-shadowed`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::coredns::{Corefile, Directive, ServerKey, Word};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-forward-shadowed.md"),
    check: Check::Network(check),
};

/// With more lines than these, only the first are compared with each other.
const MOST: usize = 200;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        for block in corefile.blocks() {
            let directives = corefile.expand(&block.directives);
            let forwards = directives.into_iter().filter(|it| it.name.text == "forward");
            check_block(corefile, &forwards.take(MOST).collect::<Vec<_>>(), findings);
        }
    }
}

fn check_block<'a>(
    corefile: &Corefile<'a>,
    forwards: &[&'a Directive],
    findings: &mut Findings<'_>,
) {
    for (index, forward) in forwards.iter().enumerate() {
        let Some((zone, word)) = zone(forward) else { continue };
        let takes_it = |first: &&&'a Directive| {
            self::zone(first).is_some_and(|(wide, _)| holds(&wide, &zone))
                && !lets_through(corefile, first)
        };
        let Some(first) = forwards[..index].iter().find(takes_it) else { continue };
        let Some((wide, first_word)) = self::zone(first) else { continue };
        let message = format!("`{zone}` is never asked here: `{wide}` above takes its queries");
        findings.add(
            Diagnostic::warning(corefile.label(&word.range, ""), message)
                .related(corefile.label(&first_word.range, "takes them"))
                .help("put the narrower zone first, or give it a server block of its own"),
        );
    }
}

fn zone(forward: &Directive) -> Option<(String, &Word)> {
    let word = forward.args.first().filter(|word| !word.is_placeholder())?;
    let zone = ServerKey::parse(word).zone_name();
    (!zone.contains('/')).then_some((zone, word))
}

fn holds(wide: &str, zone: &str) -> bool {
    let inside = |rest: &str| rest.is_empty() || rest.ends_with('.');
    wide == "." || zone.strip_suffix(wide).is_some_and(inside)
}

/// Whether it leaves some queries to those behind it.
fn lets_through(corefile: &Corefile<'_>, forward: &Directive) -> bool {
    let options = ["except", "next", "next_on_nodata", "import"];
    let lines = corefile.expand(&forward.body);
    lines.iter().any(|option| options.contains(&option.name.text.as_str()))
}
