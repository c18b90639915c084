//! `k8s-upgrade-skips-minor`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-upgrade-skips-minor.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    // A kubelet may lag behind, so that only the newest one tells where the cluster is.
    let kubelets = versions.all(Component::Kubelet);
    let newest_kubelet = kubelets.max_by_key(|kubelet| kubelet.version.minor_version());
    let Some(now) = versions.oldest_api_server().or(newest_kubelet) else { return };
    for plan in &versions.upgrades {
        let Some(ahead @ 2..) = plan.version.minor_distance(now.version) else { continue };
        let (to, from) = (plan.version.without_patch(), now.version.without_patch());
        let message = format!("the upgrade goes to {to}, {ahead} minor versions from {from}");
        findings.add(
            Diagnostic::warning(plan.label(""), message)
                .related(now.label(now.title()))
                .help("API servers may not skip a minor version: upgrade to each in turn"),
        );
    }
}
