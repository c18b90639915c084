//! `kubeadm-api-too-new`: see the page.

use super::kubeadm::documents;
use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/kubeadm-api-too-new.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for documents in documents(network) {
        let (Some(introduced), Some(cluster)) = (documents.api.introduced, documents.cluster)
        else {
            continue;
        };
        let version = cluster.version.without_patch();
        let Some(distance @ 1..) = introduced.minor_distance(version) else { continue };
        let api = documents.api_version();
        let message =
            format!("kubeadm {version} does not read `{api}`, which came in {introduced}");
        let older = tables().newest_kubeadm_api(version).map(|older| &older.api);
        let older = older.map_or("an older version".to_owned(), |older| format!("`{older}`"));
        // The next kubeadm sets up this version, too: `MinimumControlPlaneVersion` in kubeadm's
        // constants.go.
        let (severity, help) = match distance {
            1 => {
                let help =
                    format!("write it in {older}, or use kubeadm {introduced} to install it");
                (Severity::Warning, help)
            }
            _ => (documents.severity(), format!("write it in {older}")),
        };
        findings.add(documents.finding(severity, message).help(help));
    }
}
