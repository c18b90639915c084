//! `httproute-referencegrant`: see the page.

use super::backends::serving;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::gateways::{Referrer, Target};
use crate::model::namespaces::is_known;
use crate::model::routes::RouteKind;
use crate::model::{Field, Network, Object};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/httproute-referencegrant.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (route, backend) in serving(network, |kind| kind == RouteKind::Gateway) {
        let Some(namespace) = backend.other_namespace else { continue };
        let object = route.object;
        let from = Referrer { kind: object.kind(), namespace: object.namespace() };
        let to = Target {
            group: "",
            kind: "Service",
            namespace: backend.namespace,
            name: &backend.service.value,
        };
        findings.extend(not_granted(network, object, from, to, namespace.span));
    }
    for gateway in &network.gateways.all {
        let object = gateway.object;
        for listener in &gateway.listeners {
            let Some(tls) = listener.value.tls.value() else { continue };
            for reference in tls.certificate_refs.items().iter().filter_map(Field::value) {
                let (Some(namespace), Some(name)) =
                    (reference.namespace.known(), reference.name.value())
                else {
                    continue;
                };
                let is_secret = reference.kind.is_absent() && reference.group.is_absent()
                    || reference.kind.value().is_some_and(|kind| kind == "Secret");
                if !is_secret || namespace.value == object.namespace() {
                    continue;
                }
                let from = Referrer { kind: gateway.kind(), namespace: object.namespace() };
                let to = Target { group: "", kind: "Secret", namespace: &namespace.value, name };
                findings.extend(not_granted(network, object, from, to, namespace.span));
            }
        }
    }
}

fn not_granted(
    network: &Network<'_>,
    object: Object<'_>,
    from: Referrer<'_>,
    to: Target<'_>,
    place: Span,
) -> Option<Diagnostic> {
    if !is_known(from.namespace) || !network.gateways.is_granted(from, to).is_no() {
        return None;
    }
    let target = match to.kind {
        "Service" => network.services.get(to.namespace, to.name).map(|service| service.object),
        _ => None,
    };
    // Where nothing of the namespace is in view, its grants are not, either.
    let severity = match (target, network.namespaces.exists(to.namespace)) {
        (Some(_), _) => Severity::Error,
        (None, true) => Severity::Warning,
        (None, false) => Severity::Info,
    };
    let message = format!(
        "{} `{}` refers to the {} `{}` of namespace `{}`, and no ReferenceGrant there allows it",
        object.kind(),
        object.name(),
        to.kind,
        to.name,
        to.namespace
    );
    let grants = network.gateways.grants_in(to.namespace).take(2);
    let help = format!(
        "add a ReferenceGrant in `{}`: from {} of namespace `{}`, to {}",
        to.namespace, from.kind, from.namespace, to.kind
    );
    Some(
        Diagnostic::new(severity, place.label(""), message)
            .related_all(target.map(|target| target.label("what it refers to")))
            .related_all(grants.map(|grant| grant.object.label("allows something else")))
            .help(help),
    )
}
