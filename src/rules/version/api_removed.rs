//! `api-removed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/api-removed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    for object in &network.objects {
        let (api, kind) = (&object.resource.api_version, object.kind());
        let Some(row) = tables().removed_api(api, kind) else { continue };
        let is_gone = |version: (u32, u32)| version >= row.removed.minor_version();
        let cluster = versions.at_least().filter(|at| is_gone(at.version.minor_version()));
        let still_there = versions.oldest_api_server().filter(|_| cluster.is_none());
        let what = format!("`{}` of {kind}", api.value);
        let diagnostic = match (cluster, still_there) {
            (Some(cluster), _) => {
                let message = format!("{what} was removed in Kubernetes {}", row.removed);
                let place = cluster.label(cluster.title());
                Diagnostic::error(api.label(""), message).related(place)
            }
            (None, Some(server)) => {
                let version = server.version.without_patch();
                let next = format!("is removed in Kubernetes {}", row.removed);
                let message = format!("{what} {next}; this cluster has {version}");
                Diagnostic::info(api.label(""), message).related(server.label(server.title()))
            }
            (None, None) => {
                let message = format!("{what} was removed in Kubernetes {}", row.removed);
                Diagnostic::warning(api.label(""), message)
            }
        };
        findings.add(diagnostic.help(match &row.instead {
            Some(instead) => format!("use `{instead}`"),
            None => format!("nothing takes its place in the API: leave out this {kind}"),
        }));
    }
}
