//! `api-removed`: see the page.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
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
        let fix = fix(row, &objects).filter(|_| still_there.is_none());
        findings.add(match fix {
            Some(fix) => diagnostic.fix(fix),
            None => diagnostic,
        });
    }
}

/// The new version in every object, where nothing else of them changes.
fn fix(row: &RemovedApi, objects: &[Object<'_>]) -> Option<Fix> {
    let instead = row.instead.as_ref().filter(|_| row.same_shape)?;
    let edits = objects.iter().map(|object| {
        let api = &object.resource.api_version;
        // A text in another notation, or one that an alias brings, stands elsewhere.
        let as_written = api.span.len() == api.value.len();
        as_written.then(|| Edit { span: api.span, text: instead.clone() })
    });
    let title = format!("write `{instead}`");
    Some(Fix { title, safety: Safety::Safe, edits: edits.collect::<Option<_>>()? })
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
