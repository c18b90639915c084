//! `corefile-duplicate-server-block`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Label};
use crate::model::Network;
use crate::model::coredns::{Corefile, CorefilePart, ServerBlock, ServerKey};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-duplicate-server-block.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        if corefile.part() != CorefilePart::Directives {
            check_corefile(corefile, findings);
        }
    }
}

fn check_corefile(corefile: &Corefile<'_>, findings: &mut Findings<'_>) {
    // What a block answers: transport, zone, port, and on which addresses.
    let mut answered: BTreeMap<(String, String, u16, Vec<&str>), Label> = BTreeMap::new();
    for block in corefile.blocks() {
        let Some(addresses) = addresses(corefile, block) else { continue };
        for word in block.keys.iter().filter(|word| !word.is_placeholder()) {
            let key = ServerKey::parse(word);
            let Some(port) = key.port_number() else { continue };
            let what = (key.transport().to_owned(), key.zone_name(), port, addresses.clone());
            let first = corefile.label(&word.range, "first defined here");
            let Some(first) = answered.get(&what).cloned().or_else(|| {
                answered.insert(what, first);
                None
            }) else {
                continue;
            };
            let message = format!("zone `{}` on port {port} is defined twice", key.zone_name());
            findings.add(
                Diagnostic::error(corefile.label(&word.range, ""), message)
                    .related(first)
                    .help("CoreDNS does not start: put the directives into one block"),
            );
        }
    }
}

/// What a block binds to, sorted; nothing stands for all addresses. `None` when two blocks of a
/// zone may stand side by side: `view` tells queries apart, and an import may hold either.
fn addresses<'a>(corefile: &Corefile<'a>, block: &'a ServerBlock) -> Option<Vec<&'a str>> {
    let mut addresses = Vec::new();
    for directive in corefile.expand(&block.directives) {
        match directive.name.text.as_str() {
            "view" | "import" => return None,
            "bind" => addresses.extend(directive.args.iter().map(|arg| arg.text.as_str())),
            _ => {}
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    Some(addresses)
}
