//! What the rules on add-ons of kubeadm have in common: how far behind the cluster one was left.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::image::Component;
use crate::model::tables::{Minor, tables};
use crate::model::version::Release;
use crate::rules::Findings;

/// An add-on works with more versions than the one it comes with; this far apart, fixes are
/// missing.
const FAR: i64 = 3;

/// Tells of add-ons that came with a Kubernetes much older than the API servers.
pub fn left_behind(
    network: &Network<'_>,
    findings: &mut Findings<'_>,
    component: Component,
    bundled: fn(&Minor) -> Release,
) {
    let versions = &network.versions;
    let Some(server) = versions.oldest_api_server() else { return };
    let Some(minor) = tables().minor(server.version) else { return };
    let Some(first) = tables().minors().next() else { return };
    for addon in versions.software.iter().filter(|one| one.component == component) {
        // Add-ons of a provider are patched under their old number.
        let is_own = !addon.is_run || addon.object.namespace() == "kube-system";
        if !is_own || addon.text.contains("-eksbuild") {
            continue;
        }
        let release = addon.release;
        let came_with = tables().minors().rfind(|minor| bundled(minor) <= release);
        let since = came_with.unwrap_or(first).version;
        let Some(distance @ FAR..) = minor.version.minor_distance(since) else { continue };
        let name = component.name();
        let message = match came_with {
            Some(_) => {
                let ago = format!("{distance} minor versions ago");
                format!("{name} {release} came with Kubernetes {since}, {ago}")
            }
            None => format!("{name} {release} came with a Kubernetes before {since}"),
        };
        findings.add(
            Diagnostic::info(addon.label(""), message).related(server.label(server.title())).help(
                format!("kubeadm installs {} with Kubernetes {}", bundled(&minor), minor.version),
            ),
        );
    }
}
