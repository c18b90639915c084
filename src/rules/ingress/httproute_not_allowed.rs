//! `httproute-not-allowed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::gateways::{
    Gateway, GatewayRoute, Parent, admits_kind, admits_namespace, shares_host,
};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/httproute-not-allowed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for route in &network.gateways.routes {
        for parent in route.parents() {
            let found = network.gateways.named(parent.kind, parent.namespace, &parent.name.value);
            // Of several variants of one Gateway, any may be the one that is meant.
            let [gateway] = found.as_slice() else { continue };
            if gateway.complete {
                findings.extend(refused(network, route, &parent, gateway));
            }
        }
    }
}

/// Why no listener of a Gateway takes a route.
enum Why {
    Namespace,
    Kind,
    Host,
}

fn refused(
    network: &Network<'_>,
    route: &GatewayRoute<'_>,
    parent: &Parent<'_>,
    gateway: &Gateway<'_>,
) -> Option<Diagnostic> {
    let object = route.object;
    let mut first = None;
    for listener in &gateway.listeners {
        if parent.means(&listener.value).is_no() {
            continue;
        }
        let of_gateway = gateway.object.namespace();
        let namespace =
            admits_namespace(&listener.value, of_gateway, object.namespace(), &network.namespaces);
        let why = match () {
            () if namespace.is_no() => Why::Namespace,
            () if admits_kind(&listener.value, object.kind()).is_no() => Why::Kind,
            () if shares_host(&listener.value, route.spec).is_no() => Why::Host,
            () => return None,
        };
        first = first.or(Some((*listener, why)));
    }
    let (listener, why) = first?;
    let name = listener.value.name.value().map_or("", String::as_str);
    let who = format!("{} `{}`", object.kind(), object.name());
    let of = format!("listener `{name}` of {} `{}`", parent.kind, parent.name.value);
    let allowed = listener.value.allowed_routes.value();
    Some(match why {
        Why::Namespace => {
            let message = format!(
                "{who} is in namespace `{}`, and {of} takes no routes from there",
                object.namespace()
            );
            let span = allowed.and_then(|allowed| allowed.namespaces.span());
            let text = match span {
                Some(_) => "the namespaces that it takes routes from",
                None => "without `allowedRoutes.namespaces`, those of its own namespace alone",
            };
            Diagnostic::error(parent.name.label(""), message)
                .related(span.unwrap_or(listener.span).label(text))
                .help("allow the namespace in `allowedRoutes.namespaces`: `from: All`, or a `Selector` that its labels match")
        }
        Why::Kind => {
            let message = format!("{of} takes no {}, and {who} attaches to it", object.kind());
            let span = allowed.and_then(|allowed| allowed.kinds.span());
            let span = span.or(listener.value.protocol.span()).unwrap_or(listener.span);
            Diagnostic::error(parent.name.label(""), message)
                .related(span.label("what it takes"))
                .help("attach the route to a listener of its protocol, or allow its kind")
        }
        Why::Host => {
            let host = route.spec.hostnames.items().first()?.known()?;
            let own = listener.value.hostname.known()?;
            let message = format!("no host of {who} is one of `{}`, that of {of}", own.value);
            Diagnostic::error(host.label(""), message)
                .related(own.label("the listener's"))
                .related(parent.name.label("attached here"))
                .help("name a host that the listener has, or attach the route to another one")
        }
    })
}
