//! `k8s-eol`: see the page.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::model::version::KubernetesVersion;
use crate::model::versions::KubernetesComponent;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/version/k8s-eol.md"), check: Check::Network(check) };

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let today = network.settings.today;
    let versions = &network.versions;
    let mut told = HashSet::new();
    for component in versions.known_api_servers().iter().chain(&versions.kubernetes) {
        let minor = component.version.minor_version();
        if is_supported_by_provider(network, component) || !told.insert(minor) {
            continue;
        }
        let version = component.version.without_patch();
        let message = match tables().minor(version) {
            Some(minor) if minor.end_of_life < today => {
                format!("Kubernetes {version} reached its end of life on {}", minor.end_of_life)
            }
            None if is_older_than_the_table(version) => {
                format!("Kubernetes {version} has been without patches for years")
            }
            _ => continue,
        };
        let diagnostic = Diagnostic::warning(component.label(""), message);
        let supported = tables().supported(today);
        let supported: Vec<String> =
            supported.iter().map(|minor| minor.version.to_string()).collect();
        findings.add(match supported.as_slice() {
            [] => diagnostic,
            [newest] => diagnostic.help(format!("{newest} is supported")),
            [newest, others @ ..] => {
                let others = others.join(" and ");
                diagnostic.help(format!(
                    "{newest}, {others} are supported: upgrade one minor version at a time"
                ))
            }
        });
    }
}

/// Providers patch versions for longer than the project does, and some of them say in the version
/// that it is theirs.
fn is_supported_by_provider(network: &Network<'_>, component: &KubernetesComponent<'_>) -> bool {
    let provider = network.settings.provider.as_ref().map_or("", |provider| provider.as_str());
    let marks = ["-eks-", "-eksbuild", "-gke."];
    matches!(provider, "aks" | "eks" | "gke")
        || marks.iter().any(|mark| component.text.contains(mark))
}

fn is_older_than_the_table(version: KubernetesVersion) -> bool {
    let first = tables().minors().next();
    first.is_some_and(|first| version.minor_version() < first.version.minor_version())
}
