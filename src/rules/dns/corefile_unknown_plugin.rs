//! `corefile-unknown-plugin`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Change, Diagnostic, Label, Mend, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, plugins};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-unknown-plugin.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let mut servers = network.coredns.users(corefile).peekable();
        let image = match servers.peek() {
            Some(server) => server.image().filter(|_| server.has_official_image()),
            None => None,
        };
        let image = image.map(|image| image.label("this image has the default plugins"));
        check_corefile(corefile, image, findings);
    }
}

/// A build of one's own may have any plugin; then only what is nearly the name of a default one
/// is taken for a mistake.
fn check_corefile(corefile: &Corefile<'_>, image: Option<Label>, findings: &mut Findings<'_>) {
    let mut reported = BTreeSet::new();
    for (_, directive) in corefile.directives() {
        let name = directive.name.text.as_str();
        if plugins::is_known(name) || directive.name.is_placeholder() || reported.contains(name) {
            continue;
        }
        let meant = nearest(name).filter(|_| !plugins::is_external(name));
        if meant.is_none() && image.is_none() {
            continue;
        }
        reported.insert(name);
        let message = format!("CoreDNS has no plugin `{name}`");
        let mut diagnostic =
            Diagnostic::warning(corefile.label(&directive.name.range, ""), message)
                .related_all(image.clone());
        diagnostic = match meant {
            Some(meant) => {
                let change = Change::write(corefile.span(&directive.name.range), name, meant);
                diagnostic
                    .help(format!("did you mean `{meant}`?"))
                    .mend(Mend::risky(format!("write `{meant}`"), change))
            }
            None => diagnostic.help("use an image that is built with this plugin"),
        };
        findings.add(diagnostic);
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let distance = |plugin: &str| strsim::damerau_levenshtein(name, plugin);
    let near = plugins::DEFAULT.iter().min_by_key(|plugin| distance(plugin))?;
    let limit = (name.len() / 3).min(2);
    (distance(near) <= limit).then_some(*near)
}
