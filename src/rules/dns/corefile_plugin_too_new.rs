//! `corefile-plugin-too-new`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::coredns::plugins::newcomers;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-plugin-too-new.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let oldest = network.coredns.users(corefile).filter(|server| server.release.is_some());
        let Some(server) = oldest.min_by_key(|server| server.release) else { continue };
        let (Some(release), Some(image)) = (server.release, server.image()) else { continue };
        let mut reported = BTreeSet::new();
        for (newcomer, word) in newcomers(corefile) {
            if release >= newcomer.release || !reported.insert(word.range.start) {
                continue;
            }
            let severity =
                if server.has_official_image() { Severity::Error } else { Severity::Warning };
            let message = format!("CoreDNS {release} does not have {} yet", newcomer.name());
            findings.add(
                Diagnostic::new(severity, corefile.label(&word.range, ""), message)
                    .related(image.label("the CoreDNS that runs"))
                    .help(format!("it came with CoreDNS {}", newcomer.release)),
            );
        }
    }
}
