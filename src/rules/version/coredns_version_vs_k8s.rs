//! `coredns-version-vs-k8s`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::image::Component;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/coredns-version-vs-k8s.md"),
    check: Check::Network(check),
};

/// CoreDNS works with more versions than the one it comes with; this far apart, fixes are missing.
const FAR: i64 = 3;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    let Some(server) = versions.oldest_api_server() else { return };
    let Some(minor) = tables().minor(server.version) else { return };
    for coredns in versions.software.iter().filter(|one| one.component == Component::CoreDns) {
        // Add-ons of a provider are patched under their old number.
        if coredns.object.namespace() != "kube-system" || coredns.image.contains("-eksbuild") {
            continue;
        }
        let release = coredns.release;
        let came_with = tables().minors().rfind(|minor| minor.coredns <= release);
        let Some(first) = tables().minors().next() else { return };
        let since = came_with.unwrap_or(first).version;
        let Some(distance @ FAR..) = minor.version.minor_distance(since) else { continue };
        let message = match came_with {
            Some(_) => {
                let ago = format!("{distance} minor versions ago");
                format!("CoreDNS {release} came with Kubernetes {since}, {ago}")
            }
            None => format!("CoreDNS {release} came with a Kubernetes before {since}"),
        };
        findings.add(
            Diagnostic::info(coredns.label(""), message)
                .related(server.label(server.title()))
                .help(format!(
                    "kubeadm installs {} with Kubernetes {}",
                    minor.coredns, minor.version
                )),
        );
    }
}
