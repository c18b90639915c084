//! `ingress-invalid-shape`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::ingresses::{CLASS_ANNOTATION, ClassName, Ingress, IngressBackend, Location};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-invalid-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ingress in network.ingresses.all.iter().filter(|ingress| ingress.is_v1()) {
        findings.extend(class_twice(ingress));
        let spec = ingress.spec;
        let defaults = [&spec.default_backend];
        let of_paths = ingress.locations.iter().map(|location| &location.source.backend);
        for backend in defaults.into_iter().chain(of_paths).filter_map(Field::known) {
            findings.extend(backend_problem(ingress, &backend.value, backend.span));
        }
        for rule in spec.rules.items().iter().filter_map(Field::value) {
            findings.extend(rule.host.known().and_then(host_problem));
        }
        for location in &ingress.locations {
            findings.extend(path_problem(location));
        }
        if spec.rules.is_absent() && spec.default_backend.is_absent() && !is_fragment(ingress) {
            let message = "an Ingress without rules and without a default backend";
            findings.add(
                Diagnostic::error(ingress.object.label(""), message)
                    .help("the API server refuses it: add `rules` or `defaultBackend`"),
            );
        }
    }
}

/// A piece that something merges into an Ingress has part of it alone.
fn is_fragment(ingress: &Ingress<'_>) -> bool {
    let spec = ingress.spec;
    !spec.backend.is_absent() || (spec.tls.is_absent() && spec.ingress_class_name.is_absent())
}

fn class_twice(ingress: &Ingress<'_>) -> Option<Diagnostic> {
    let ClassName::Field(field) = ingress.class else { return None };
    let annotation = ingress.annotation(CLASS_ANNOTATION)?;
    (annotation.value != field.value).then(|| {
        let message = format!(
            "`ingressClassName` is `{}`, and the annotation `{CLASS_ANNOTATION}` says `{}`",
            field.value, annotation.value
        );
        Diagnostic::error(field.label(""), message)
            .related(annotation.label("the annotation"))
            .help("the API server refuses a new Ingress with both: drop the annotation")
    })
}

fn backend_problem(
    ingress: &Ingress<'_>,
    backend: &IngressBackend,
    span: Span,
) -> Option<Diagnostic> {
    let error =
        |label, message: &str, help: &str| Some(Diagnostic::error(label, message).help(help));
    // That v1 has other fields is told of the fields.
    if !backend.service_name.is_absent() || !backend.service_port.is_absent() {
        return None;
    }
    let service = match (&backend.service, &backend.resource) {
        (Field::Absent, Field::Absent) => {
            let message =
                format!("a backend of Ingress `{}` names no Service", ingress.object.name());
            return error(span.label(""), &message, "name a `service`, or a `resource`");
        }
        (Field::Known(_), Field::Known(_)) => {
            let message = "a backend has both a `service` and a `resource`";
            return error(span.label(""), message, "keep one of the two");
        }
        (Field::Known(service), _) => service,
        _ => return None,
    };
    let name = service.value.name.known();
    match &service.value.port {
        Field::Known(port) => {
            let port = &port.value;
            let (number, by_name) = (port.number.known(), port.name.known());
            match (number, by_name) {
                (Some(number), Some(by_name)) => Some(
                    Diagnostic::error(
                        by_name.label(""),
                        "a backend's port has a name and a number",
                    )
                    .related(number.label("the number"))
                    .help("keep one of the two"),
                ),
                (None, None) if port.number.is_absent() && port.name.is_absent() => {
                    without_port(name?)
                }
                _ => None,
            }
        }
        Field::Absent => without_port(name?),
        Field::Unknown(_) => None,
    }
}

fn without_port(service: &Spanned<String>) -> Option<Diagnostic> {
    let message = format!("no port of Service `{}` is named", service.value);
    Some(
        Diagnostic::error(service.label(""), message)
            .help("the API server refuses a backend without `port.number` or `port.name`"),
    )
}

fn host_problem(host: &Spanned<String>) -> Option<Diagnostic> {
    let text = host.value.as_str();
    let problem = match () {
        () if text.parse::<IpAddr>().is_ok() => "is an address, and has to be a name",
        () if text.contains("://") || text.contains('/') => "is a URL, and has to be a name",
        () if has_port(text) => "has a port, and has to be a name alone",
        () if text.strip_prefix("*.").unwrap_or(text).contains('*') => {
            "has a `*` elsewhere than for all of its first label"
        }
        () => return None,
    };
    Some(
        Diagnostic::error(host.label(""), format!("host `{text}` {problem}")).help(
            "the API server refuses it; ports are those of the controller, paths go into `path`",
        ),
    )
}

fn has_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

fn path_problem(location: &Location<'_>) -> Option<Diagnostic> {
    let path = location.source.path.known();
    let help = "`Prefix` goes by whole parts of the path, `Exact` by all of it; \
                `ImplementationSpecific` is up to the controller";
    let kind = match &location.source.path_type {
        Field::Absent => {
            let place = path.map_or(location.span, |path| path.span);
            let message = "a path without `pathType`";
            return Some(Diagnostic::error(place.label(""), message).help(help));
        }
        Field::Unknown(_) => return None,
        Field::Known(kind) => kind,
    };
    if !["Exact", "Prefix", "ImplementationSpecific"].contains(&kind.value.as_str()) {
        let message = format!("there is no `pathType` named `{}`", kind.value);
        return Some(Diagnostic::error(kind.label(""), message).help(help));
    }
    let path = path.filter(|path| !path.value.is_empty() || kind.value == "Exact")?;
    (!path.value.starts_with('/')).then(|| {
        let message = format!("path `{}` does not start with `/`", path.value);
        Diagnostic::error(path.label(""), message).help("the API server refuses it")
    })
}
