//! `corefile-removed-plugin`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Severity};
use crate::model::Network;
use crate::model::coredns::plugins::{Removal, removals};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-removed-plugin.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let server = network.coredns.users(corefile).max_by_key(|server| server.release);
        let release = server.and_then(|server| server.release);
        for (removal, word, directive) in removals(corefile) {
            let Removal { name, release: removed_by, instead, .. } = *removal;
            if release.is_some_and(|release| release < removed_by) {
                continue;
            }
            let severity = if release.is_some() { Severity::Error } else { Severity::Warning };
            let message = format!("CoreDNS {removed_by} removed {name}");
            let image = server.filter(|server| server.release.is_some());
            let image = image.and_then(|server| server.image());
            let mut diagnostic =
                Diagnostic::new(severity, corefile.label(&word.range, ""), message)
                    .related_all(image.map(|image| image.label("the CoreDNS that runs")))
                    .help(format!("CoreDNS does not start with it; {instead}"));
            let change = match word.text.as_str() {
                "proxy" if directive.body.is_empty() => {
                    let change = Change::write(corefile.span(&word.range), "proxy", "forward");
                    Some(Mend::safe("use `forward`", change))
                }
                // CoreDNS looks names up by itself since then, and needs no intervals.
                "upstream" | "resyncperiod" => {
                    let options = corefile.expand(&directive.body);
                    let option = options.iter().find(|option| option.name.range == word.range);
                    option.map(|option| {
                        let place = corefile.span(&option.range);
                        Mend::safe("take it out", Change::RemoveLine { place })
                    })
                }
                _ => None,
            };
            if let Some(mend) = change {
                diagnostic = diagnostic.mend(mend);
            }
            findings.add(diagnostic);
        }
    }
}
