//! `ingress-duplicate-route`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::ingresses::{Ingress, Location};
use crate::model::namespaces::fold;
use crate::model::ports::PortRef;
use crate::model::routes::BackendPort;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-duplicate-route.md"),
    check: Check::Network(check),
};

/// Parts of annotations by which a controller keeps two Ingresses apart, or joins them on purpose.
const APART: &[&str] = &[
    "/canary",
    "/conditions.",
    "/entry-points",
    "/listen-ports",
    "/load-balancer-name",
    "/router.entrypoints",
    "/router.priority",
    "/scheme",
    "/service-weights",
    "mergeable-ingress-type",
];

/// What a request is matched by: class, host, path and the way of matching.
type Key<'a> = (&'a str, String, String, &'a str);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut taken: BTreeMap<Key<'_>, (&Ingress<'_>, &Location<'_>)> = BTreeMap::new();
    for ingress in &network.ingresses.all {
        if is_apart(ingress) || ingress.object.is_chart_default() {
            continue;
        }
        for location in &ingress.locations {
            let Some(key) = key(ingress, location) else { continue };
            match taken.get(&key) {
                None => drop(taken.insert(key, (ingress, location))),
                Some((first, of_first)) => {
                    findings.extend(conflict((*first, *of_first), (ingress, location)));
                }
            }
        }
    }
}

fn is_apart(ingress: &Ingress<'_>) -> bool {
    ingress.annotations("").any(|(key, _)| APART.iter().any(|part| key.contains(part)))
}

fn key<'a>(ingress: &Ingress<'a>, location: &Location<'a>) -> Option<Key<'a>> {
    let text = |field: &'a Field<String>, absent: &'a str| match field {
        Field::Absent => Some(absent),
        field => field.value().map(String::as_str),
    };
    let host = text(location.host, "")?.to_ascii_lowercase();
    let path = text(&location.source.path, "/")?;
    let kind = text(&location.source.path_type, "ImplementationSpecific")?;
    // `Prefix` goes by whole parts.
    let path = if kind == "Prefix" { path.trim_end_matches('/') } else { path };
    Some((ingress.class.key()?, host, path.to_owned(), kind))
}

fn conflict(
    (first, of_first): (&Ingress<'_>, &Location<'_>),
    (second, of_second): (&Ingress<'_>, &Location<'_>),
) -> Option<Diagnostic> {
    let (one, other) = (of_first.backend.as_ref()?, of_second.backend.as_ref()?);
    let same_object = first.object.is(second.object);
    // Variants of one Ingress are of several clusters, and files without a namespace may be meant
    // for several.
    let is_variant = first.object.name() == second.object.name()
        && fold(first.object.namespace()) == fold(second.object.namespace());
    let may_differ = !first.namespace_is_known() || !second.namespace_is_known();
    if !same_object && (is_variant || may_differ) {
        return None;
    }
    let is_same_backend = one.namespace == other.namespace
        && one.service.value == other.service.value
        && port(one.port) == port(other.port);
    if is_same_backend {
        return None;
    }
    let path = of_second.source.path.value().map_or("/", String::as_str);
    let host = match of_second.host.value() {
        Some(host) => format!("`{host}`"),
        None => "every host".to_owned(),
    };
    let place = of_second.source.path.span().unwrap_or(of_second.span);
    let of_first_place = of_first.source.path.span().unwrap_or(of_first.span);
    let who =
        if same_object { "here, too".to_owned() } else { format!("by Ingress `{}`", title(first)) };
    let message = format!(
        "path `{path}` of {host} leads to Service `{}`, and to `{}` {who}",
        other.service.value, one.service.value
    );
    Some(
        Diagnostic::warning(place.label(""), message)
            .related(of_first_place.label(format!("leads to `{}`", one.service.value)))
            .help("a controller takes one of the two for all requests: keep one, or part them by path, host or class"),
    )
}

fn port(port: BackendPort<'_>) -> Option<PortRef<'_>> {
    match port {
        BackendPort::OfService(port, _) | BackendPort::OfPods(port, _) => Some(port),
        BackendPort::Any | BackendPort::Missing | BackendPort::Unknown => None,
    }
}

fn title(ingress: &Ingress<'_>) -> String {
    let object = ingress.object;
    match object.namespace_name() {
        Some(namespace) => format!("{namespace}/{}", object.name()),
        None => object.name().to_owned(),
    }
}
