//! `coredns-custom-key`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, CorefilePart, plugins};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-custom-key.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let all = network.coredns.corefiles.iter();
    for corefile in all.filter(|corefile| corefile.object.name() == "coredns-custom") {
        match corefile.part() {
            CorefilePart::Whole => {}
            CorefilePart::Ignored => findings.extend(ignored(corefile)),
            CorefilePart::ServerBlocks => findings.extend(bare_directive(corefile)),
            CorefilePart::Directives => findings.extend(server_block(corefile)),
        }
    }
}

fn ignored(corefile: &Corefile<'_>) -> Option<Diagnostic> {
    let mut directives = corefile.directives();
    directives.find(|(_, directive)| plugins::is_known(&directive.name.text))?;
    let message = "CoreDNS imports no such key: they end in `.server` or in `.override`";
    Some(
        Diagnostic::warning(corefile.place().label(""), message)
            .help("rename it to end in `.server`, if it holds server blocks"),
    )
}

/// A plugin where a zone should be.
fn bare_directive(corefile: &Corefile<'_>) -> Option<Diagnostic> {
    let mut blocks = corefile.blocks().iter().filter(|block| block.directives.is_empty());
    let key = blocks.find_map(|block| {
        block.keys.first().filter(|key| plugins::DEFAULT.contains(&key.text.as_str()))
    })?;
    let message = format!("`{}` is taken for the name of a zone here", key.text);
    Some(
        Diagnostic::warning(corefile.label(&key.range, ""), message)
            .help("put directives of the main server block under a key that ends in `.override`"),
    )
}

/// A zone, or several, where a plugin should be.
fn server_block(corefile: &Corefile<'_>) -> Option<Diagnostic> {
    let mut directives = corefile.directives().map(|(_, directive)| directive);
    let block = directives.find(|directive| {
        let name = &directive.name;
        !directive.body.is_empty() && !name.is_placeholder() && name.text.contains(['.', ':'])
    })?;
    let message = format!("`{}` is a server block, where only directives may be", block.name.text);
    Some(
        Diagnostic::error(corefile.label(&block.name.range, ""), message)
            .help("CoreDNS does not start: put it under a key that ends in `.server`"),
    )
}
