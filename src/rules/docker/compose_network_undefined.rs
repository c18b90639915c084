//! `compose-network-undefined`: see the page.

use crate::diagnostic::{Diagnostic, Fix, Place, Safety, Severity};
use crate::model::Network;
use crate::model::compose::{Membership, Project, ProjectKind, Service};
use crate::rules::docker::insert;
use crate::rules::wording::nearest;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-network-undefined.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        for service in &project.services {
            let undefined = service.memberships.iter().filter(|membership| {
                let key = membership.network.value.as_str();
                let is_known = project
                    .network(key)
                    .is_some_and(|network| !network.is_implicit || key == "default");
                !is_known && !project.may_have_network(key)
            });
            findings.extend(undefined.map(|membership| finding(project, service, membership)));
        }
    }
}

fn finding(project: &Project, service: &Service, membership: &Membership) -> Diagnostic {
    let (key, name) = (&membership.network, &service.name.value);
    let severity = match project.kind {
        ProjectKind::Found => Severity::Error,
        // Whoever names the file may name one that declares the network.
        ProjectKind::Named => Severity::Warning,
    };
    let message = format!("`{name}` is on the network `{}`, which no file declares", key.value);
    let diagnostic = Diagnostic::new(severity, key.label(""), message);
    let declared = || {
        let declared = project.networks.iter().filter(|network| !network.is_implicit);
        declared.map(|network| network.key.value.as_str())
    };
    if let Some(meant) = nearest(&key.value, declared()) {
        let network = project.network(meant).expect("internal error: a network without its key");
        return diagnostic
            .related(network.key.label("declared"))
            .help(format!("did you mean `{meant}`?"));
    }
    let diagnostic = diagnostic.help(format!("declare `{}` under `networks:`", key.value));
    match insert::network(project, &key.value) {
        Some(edit) => diagnostic.fix(Fix {
            title: format!("declare the network `{}`", key.value),
            safety: Safety::Unsafe,
            edits: vec![edit],
        }),
        None => diagnostic,
    }
}
