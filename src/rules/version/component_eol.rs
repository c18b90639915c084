//! `component-eol`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/component-eol.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut told = FxHashSet::default();
    for software in &network.versions.software {
        let (name, release) = (software.component.name(), software.release);
        let Some(row) = tables().life(name, release) else { continue };
        let mut is_first = || told.insert((software.component, release.major, release.minor));
        if row.end_of_life >= network.settings.today || !is_first() {
            continue;
        }
        let line = format!("{name} {}.{}", release.major, release.minor);
        let message = format!("{line} has had no patches since {}", row.end_of_life);
        findings.add(
            Diagnostic::new(row.evidence.weight(), software.label(""), message)
                .help("move to a release line that still gets them"),
        );
    }
}
