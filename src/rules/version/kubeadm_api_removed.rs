//! `kubeadm-api-removed`: see the page.

use super::kubeadm::{Documents, documents};
use crate::model::Network;
use crate::model::tables::tables;
use crate::model::version::KubernetesVersion;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/kubeadm-api-removed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for documents in documents(network) {
        let Some(removed) = documents.api.removed else { continue };
        let Some(reader) = reader(network, &documents, removed) else { continue };
        let api = documents.api_version();
        let message = format!("{reader} `{api}`, which was removed in {removed}");
        let finding = documents.finding(documents.severity(), message);
        let last = KubernetesVersion { minor: removed.minor.saturating_sub(1), ..removed };
        let migrate = format!("convert it with `kubeadm config migrate` of kubeadm {last}");
        findings.add(match tables().newest_kubeadm_api(last) {
            Some(new) => finding.help(format!("{migrate}, which writes `{}`", new.api)),
            None => finding.help(migrate),
        });
    }
}

/// Who does not read an API version that was removed, if it is certain that nobody does.
fn reader(
    network: &Network<'_>,
    documents: &Documents<'_, '_>,
    removed: KubernetesVersion,
) -> Option<String> {
    let is_gone = |version: KubernetesVersion| version.minor_version() >= removed.minor_version();
    if let Some(cluster) = documents.cluster {
        let version = cluster.version.without_patch();
        return is_gone(version).then(|| format!("kubeadm {version} does not read"));
    }
    let supported = tables().supported(network.settings.today);
    let by_none = !supported.is_empty() && supported.iter().all(|minor| is_gone(minor.version));
    by_none.then(|| "no supported kubeadm reads".to_owned())
}
