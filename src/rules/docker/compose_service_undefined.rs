//! `compose-service-undefined`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::compose::{NetworkMode, Project, ProjectKind, Service};
use crate::model::{Field, Network};
use crate::rules::wording::nearest;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-service-undefined.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        for service in &project.services {
            for (name, span, how) in references(service) {
                if project.service(name).is_none() && !project.may_have_service(name) {
                    findings.add(finding(project, service, name, span, how));
                }
            }
        }
        findings.extend(project.missing_bases.iter().map(|(service, base)| {
            let message =
                format!("`{service}` extends the service `{}`, which is not there", base.value);
            Diagnostic::error(base.label(""), message)
                .help("name a service of that file, or leave `extends` out")
        }));
    }
}

/// The services that one names and that have to be there.
fn references(service: &Service) -> Vec<(&str, Span, &'static str)> {
    let required = service.depends_on.iter().filter(|dependency| dependency.is_required);
    let dependencies =
        required.map(|it| (it.service.value.as_str(), it.service.span, "depends on"));
    let links =
        service.links.iter().map(|it| (it.service.value.as_str(), it.service.span, "links to"));
    let mut references: Vec<_> = dependencies.chain(links).collect();
    if let Field::Known(mode) = &service.network_mode
        && let NetworkMode::Service(name) = &mode.value
    {
        references.push((name, mode.span, "uses the network of"));
    }
    references
}

fn finding(project: &Project, service: &Service, name: &str, span: Span, how: &str) -> Diagnostic {
    let severity = match project.kind {
        ProjectKind::Found => Severity::Error,
        // Whoever names the file may name one that has the service.
        ProjectKind::Named => Severity::Warning,
    };
    let message = format!("`{}` {how} `{name}`, which is no service here", service.name.value);
    let diagnostic = Diagnostic::new(severity, span.label(""), message);
    let known = project.services.iter().map(|service| service.name.value.as_str());
    match nearest(name, known) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("Compose refuses the project: define the service, or leave it out"),
    }
}
