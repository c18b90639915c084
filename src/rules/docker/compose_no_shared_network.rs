//! `compose-no-shared-network`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Fix, Label, Place, Safety, Severity};
use crate::model::Network;
use crate::model::compose::calls::{Call, CallKind, Names, calls};
use crate::model::compose::{Attachment, Project, Service};
use crate::rules::docker::insert;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-no-shared-network.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        let names = Names::new(project);
        for service in &project.services {
            findings.extend(cut_off(project, &names, service));
        }
    }
}

/// What a service is told to talk to and cannot find, a finding for each other service.
fn cut_off(project: &Project, names: &Names<'_>, service: &Service) -> Vec<Diagnostic> {
    let Attachment::Networks(own) = project.attachment(service) else { return Vec::new() };
    let mut by_target: BTreeMap<&str, Vec<Call<'_>>> = BTreeMap::new();
    for call in calls(project, names, service) {
        if is_out_of_reach(project, names, own, &call) {
            by_target.entry(&call.target.name.value).or_default().push(call);
        }
    }
    let found = by_target.into_values().filter_map(|calls| {
        let surest = calls.iter().map(|call| call.kind).max()?;
        let call = calls.into_iter().find(|call| call.kind == surest)?;
        Some(finding(project, service, own, &call))
    });
    found.collect()
}

/// Whether every service that the name may stand for is on other networks for certain.
fn is_out_of_reach(project: &Project, names: &Names<'_>, own: &Service, call: &Call<'_>) -> bool {
    let is_apart = |other: &&Service| {
        let Attachment::Networks(theirs) = project.attachment(other) else { return false };
        // Whose network another service uses has no name of its own there.
        std::ptr::eq(theirs, *other)
            && own.runs_with(other)
            && project.share_network(own, theirs) == Some(false)
            // A network that is not declared is a finding of its own.
            && [own, theirs].iter().all(|service| {
                service.memberships.iter().all(|it| project.network(&it.network.value).is_some())
            })
    };
    let others = match call.kind {
        CallKind::Link | CallKind::Dependency => std::slice::from_ref(&call.target),
        _ => names.get(&call.name),
    };
    !others.is_empty() && others.iter().all(is_apart)
}

fn finding(project: &Project, service: &Service, own: &Service, call: &Call<'_>) -> Diagnostic {
    let (name, other) = (&service.name.value, &call.target.name.value);
    // Somebody else may have put a container of that name on a network that is not the project's.
    let may_be_elsewhere = own.memberships.iter().any(|membership| {
        let network = project.network(&membership.network.value);
        network.is_none_or(|network| network.is_external() != Some(false))
    });
    let severity = match call.kind {
        CallKind::Dependency => Severity::Info,
        CallKind::Words => Severity::Warning,
        _ if may_be_elsewhere => Severity::Warning,
        CallKind::Server | CallKind::Url | CallKind::Link => Severity::Error,
    };
    let message = match call.kind {
        CallKind::Dependency => {
            format!("`{name}` depends on `{other}`, and they have no network in common")
        }
        CallKind::Link => {
            format!("`{name}` links to `{other}`, and they have no network in common")
        }
        _ => {
            let named = call.variable.map(|variable| format!(", which `{variable}` names"));
            format!(
                "`{name}` cannot look up `{}`{}: it has no network in common with the service `{other}`",
                call.name,
                named.unwrap_or_default()
            )
        }
    };
    let diagnostic = Diagnostic::new(severity, call.span.label(""), message)
        .related(networks_of(own, name))
        .related(networks_of(call.target, other));
    let Some(common) = best_network(project, call.target) else {
        return diagnostic.help("put both on one network");
    };
    let diagnostic = diagnostic.help(format!("put `{name}` on `{common}`, too"));
    match insert::membership(own, common) {
        Some(edit) => diagnostic.fix(Fix {
            title: format!("put `{}` on the network `{common}`", own.name.value),
            safety: Safety::Unsafe,
            edits: vec![edit],
        }),
        None => diagnostic,
    }
}

/// The network of the service that is called: one that is not there for others, if there is one.
fn best_network<'p>(project: &Project, target: &'p Service) -> Option<&'p str> {
    let external =
        |key: &str| project.network(key).is_none_or(|network| network.is_external() != Some(false));
    let keys = || target.memberships.iter().map(|membership| membership.network.value.as_str());
    keys().find(|key| !external(key)).or_else(|| keys().next())
}

fn networks_of(service: &Service, name: &str) -> Label {
    let networks: Vec<String> =
        service.memberships.iter().map(|membership| membership.network.value.clone()).collect();
    match service.memberships.first() {
        Some(membership) if !membership.is_implicit => {
            let text = format!("`{name}` is on {}", some_of(&networks, "networks"));
            membership.network.label(text)
        }
        _ => service.name.label(format!("`{name}` names no network, so it is on `default`")),
    }
}
