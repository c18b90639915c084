//! `k8s-skew-kubectl`: see the page.

use super::skew::too_far;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/k8s-skew-kubectl.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    let servers = versions.oldest_api_server().zip(versions.newest_api_server());
    let Some((oldest, newest)) = servers else { return };
    let Some(skew) = tables().skew("kubectl", "kube-apiserver") else { return };
    for kubectl in &versions.kubectl {
        // Of several API servers the oldest decides how new it may be, and the newest how old.
        let apart = [oldest, newest]
            .into_iter()
            .find_map(|server| too_far(kubectl, server, skew).map(|message| (server, message)));
        let Some((server, message)) = apart else { continue };
        findings.add(
            Diagnostic::info(kubectl.label(""), message)
                .related(server.label(server.title()))
                .help("take an image with the minor version of the cluster"),
        );
    }
}
