//! `k8s-skew-control-plane`: see the page.

use super::skew::{against_api_servers, too_far};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::image::Component;
use crate::model::tables::tables;
use crate::model::versions::Origin;
use crate::model::{Network, Versions};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-skew-control-plane.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    if let Some(diagnostic) = api_servers_apart(versions) {
        findings.add(diagnostic);
    }
    for component in &versions.kubernetes {
        let severity = match component.component {
            Component::KubeControllerManager | Component::KubeScheduler => Severity::Error,
            // Mostly works all the same, but its projects promise nothing.
            Component::CloudControllerManager => Severity::Warning,
            _ => continue,
        };
        if let Some(diagnostic) = against_api_servers(severity, component, versions) {
            findings.add(diagnostic);
        }
    }
}

fn api_servers_apart(versions: &Versions<'_>) -> Option<Diagnostic> {
    let (oldest, newest) = (versions.oldest_api_server()?, versions.newest_api_server()?);
    let from_images = [oldest, newest].iter().all(|one| matches!(one.origin, Origin::Image(_)));
    let skew = tables().skew("kube-apiserver", "kube-apiserver").filter(|_| from_images)?;
    let message = too_far(oldest, newest, skew)?;
    let diagnostic = Diagnostic::error(oldest.label(""), message);
    Some(
        diagnostic
            .related(newest.label(newest.title()))
            .help("upgrade all API servers to one minor version before any goes to the next"),
    )
}
