//! `api-removed`: see the page.

use std::collections::HashMap;

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Safety};
use crate::model::tables::{RemovedApi, tables};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/api-removed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let versions = &network.versions;
    for (row, objects) in removed(&network.objects) {
        let (first, kind) = (objects[0], objects[0].kind());
        let api = &first.resource.api_version;
        let is_gone = |version: (u32, u32)| version >= row.removed.minor_version();
        let cluster = versions.at_least().filter(|at| is_gone(at.version.minor_version()));
        let still_there = versions.oldest_api_server().filter(|_| cluster.is_none());
        let what = format!("`{}` of {kind}", api.value);
        let mut diagnostic = match (cluster, still_there) {
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
        if objects.len() > 1 {
            diagnostic.message += &format!(" ({} objects in this file)", objects.len());
        }
        let diagnostic = diagnostic.help(match &row.instead {
            Some(instead) => format!("use `{instead}`"),
            None => format!("nothing takes its place in the API: leave out this {kind}"),
        });
        // A cluster that still serves the old version may not have the new one yet.
        let mend = mend(row, &objects).filter(|_| still_there.is_none());
        findings.add(match mend {
            Some(mend) => diagnostic.mend(mend),
            None => diagnostic,
        });
    }
}

/// The new version in every object, where nothing else of them changes.
fn mend(row: &RemovedApi, objects: &[Object<'_>]) -> Option<Mend> {
    let instead = row.instead.as_ref().filter(|_| row.same_shape)?;
    let changes = objects.iter().map(|object| {
        let api = &object.resource.api_version;
        Change::write(api.span, &*api.value, instead)
    });
    let title = format!("write `{instead}`");
    Some(Mend { title, safety: Safety::Safe, changes: changes.collect() })
}

/// The objects of removed API versions: those of one file and kind together, because one edit
/// mends them.
fn removed<'a>(objects: &[Object<'a>]) -> Vec<(&'static RemovedApi, Vec<Object<'a>>)> {
    let mut found: Vec<(&RemovedApi, Vec<Object<'a>>)> = Vec::new();
    let mut places = HashMap::new();
    for object in objects {
        let (api, kind) = (object.resource.api_version.as_str(), object.kind());
        let Some(row) = tables().removed_api(api, kind) else { continue };
        let place = places.entry((object.resource.file, api, kind)).or_insert(found.len());
        match found.get_mut(*place) {
            Some((_, alike)) => alike.push(*object),
            None => found.push((row, vec![*object])),
        }
    }
    found
}
