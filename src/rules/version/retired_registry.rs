//! `retired-registry`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/retired-registry.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for used in network.versions.images.iter().filter(|used| !used.replaced) {
        let registry = tables().retired_registries.iter().find(|row| {
            let rest = used.text.strip_prefix(row.registry.as_str());
            rest.is_some_and(|rest| rest.starts_with(['/', ':', '@']))
        });
        let Some(row) = registry else { continue };
        let place = used.text.part(0..row.registry.len());
        let message = format!("`{}` {}", row.registry, row.what);
        let mut diagnostic = Diagnostic::warning(place.label(""), message);
        if let Some(instead) = &row.instead {
            diagnostic = diagnostic.help(format!("newer images are in `{instead}`"));
        }
        if let Some(mirror) = &row.mirror {
            diagnostic = diagnostic.help(format!("`{mirror}` has the same images, and newer ones"));
            diagnostic = diagnostic.mend(Mend::safe(
                format!("take the image from `{mirror}`"),
                Change::write(place, &*row.registry, mirror),
            ));
        }
        findings.add(diagnostic);
    }
}
