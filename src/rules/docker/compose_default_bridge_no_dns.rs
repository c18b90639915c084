//! `compose-default-bridge-no-dns`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::compose::calls::{CallKind, Names, calls};
use crate::model::compose::{Attachment, Project, Service};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-default-bridge-no-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        let names = Names::new(project);
        for service in &project.services {
            findings.extend(unanswered(project, &names, service));
        }
    }
}

/// The first name that a service on the engine's own bridge cannot look up.
fn unanswered(project: &Project, names: &Names<'_>, service: &Service) -> Option<Diagnostic> {
    let bridge = bridge(project, service)?;
    // Links write names into the hosts file, which is what they are for there.
    let is_linked = |name: &str| {
        let mut links = service.links.iter();
        links.any(|link| link.service.value == name || link.alias.as_deref() == Some(name))
    };
    let calls = calls(project, names, service);
    let mut called = calls.iter().filter(|call| {
        matches!(call.kind, CallKind::Server | CallKind::Url | CallKind::Words)
            && !is_linked(&call.name)
            && !is_linked(&call.target.name.value)
    });
    let call = called.next()?;
    let message = format!(
        "`{}` cannot look up `{}`: on the engine's own bridge nobody answers for names",
        service.name.value, call.name
    );
    Some(
        Diagnostic::warning(call.span.label(""), message)
            .related(bridge)
            .help("leave the mode out: Compose makes a network for the project, with names"),
    )
}

/// Where it is said that a service is on the engine's own bridge and on nothing else.
fn bridge(project: &Project, service: &Service) -> Option<Label> {
    match project.attachment(service) {
        Attachment::DefaultBridge(mode) => Some(mode.label("the engine's own bridge")),
        Attachment::Networks(own) => {
            let [membership] = &own.memberships[..] else { return None };
            let network = project.network(&membership.network.value)?;
            let is_bridge = network.is_default_bridge();
            is_bridge.then(|| network.key.label("the engine's own bridge"))
        }
        _ => None,
    }
}
