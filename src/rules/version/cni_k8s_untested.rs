//! `cni-k8s-untested`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/cni-k8s-untested.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    let servers = versions.oldest_api_server().zip(versions.newest_api_server());
    let Some((oldest, newest)) = servers else { return };
    let mut told = FxHashSet::default();
    for software in &versions.software {
        let (name, release) = (software.component.name(), software.release);
        let Some(row) = tables().support(name, release) else { continue };
        let is_new = newest.version.minor_version() > row.to.minor_version();
        let is_old = oldest.version.minor_version() < row.from.minor_version();
        let mut is_first = || told.insert((software.component, release.major, release.minor));
        if !(is_new || is_old) || !is_first() {
            continue;
        }
        let (server, severity) = match is_old {
            true => (oldest, row.evidence.weight()),
            false if row.newer_is_advice => (newest, Severity::Info),
            false => (newest, row.evidence.weight()),
        };
        let line = format!("{name} {}.{}", release.major, release.minor);
        let (from, to, has) = (row.from, row.to, server.version.without_patch());
        let message = format!("{line} is made for Kubernetes {from} to {to}, and this is {has}");
        let help = match is_old {
            true => "take an older release line, or upgrade the cluster",
            false => "upgrade it before the cluster",
        };
        findings.add(
            Diagnostic::new(severity, software.label(""), message)
                .related(server.label(server.title()))
                .help(help),
        );
    }
}
