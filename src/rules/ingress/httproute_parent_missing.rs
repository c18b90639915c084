//! `httproute-parent-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::gateways::{Gateway, GatewayRoute, Parent};
use crate::model::namespaces::{fold, is_known};
use crate::model::near_miss::is_slip;
use crate::model::{Network, Object};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/httproute-parent-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for route in &network.gateways.routes {
        for parent in route.parents() {
            let found = network.gateways.named(parent.kind, parent.namespace, &parent.name.value);
            findings.extend(match found.is_empty() {
                true => no_gateway(network, route, &parent),
                false => no_listener(route, &parent, &found),
            });
        }
    }
}

/// Beyond so many Gateways, looking for what was meant costs too much.
const MAX_GATEWAYS: usize = 500;

/// A Gateway is often in another repository, so something has to tell that another one is meant.
fn no_gateway(
    network: &Network<'_>,
    route: &GatewayRoute<'_>,
    parent: &Parent<'_>,
) -> Option<Diagnostic> {
    if !is_known(parent.namespace) || network.gateways.all.len() > MAX_GATEWAYS {
        return None;
    }
    let name = &parent.name.value;
    let of_kind = network.gateways.all.iter().filter(|gateway| gateway.kind() == parent.kind);
    let mut of_kind = of_kind.map(|gateway| gateway.object);
    // It may be put into the namespace that is meant.
    if of_kind.clone().any(|other| other.name() == name && !is_known(other.namespace())) {
        return None;
    }
    let is_beside = |other: &Object<'_>| fold(other.namespace()) == fold(parent.namespace);
    let near = of_kind.clone().filter(is_beside).find(|other| is_slip(name, other.name()));
    let elsewhere = of_kind.find(|other| other.name() == name && is_known(other.namespace()));
    let (label, help) = match (near, elsewhere) {
        (Some(near), _) => {
            (near.label(format!("did you mean `{}`?", near.name())), "name a Gateway that is there")
        }
        (None, Some(other)) => (
            other.label(format!("this one is in namespace `{}`", other.namespace())),
            "write the Gateway's `namespace`: without it, the route's own is meant",
        ),
        (None, None) => return None,
    };
    let message = format!(
        "{} attaches to {} `{name}`, and none in namespace `{}` is in view",
        title(route),
        parent.kind,
        parent.namespace
    );
    Some(Diagnostic::warning(parent.name.label(""), message).related(label).help(help))
}

fn no_listener(
    route: &GatewayRoute<'_>,
    parent: &Parent<'_>,
    found: &[&Gateway<'_>],
) -> Option<Diagnostic> {
    let may_mean = |gateway: &&Gateway<'_>| {
        let mut listeners = gateway.listeners.iter();
        !gateway.complete || listeners.any(|listener| !parent.means(&listener.value).is_no())
    };
    if found.iter().any(may_mean) {
        return None;
    }
    let gateway = found.first()?;
    let section = parent.source.section_name.known();
    let port = parent.source.port.known();
    let (place, which) = match (section, port) {
        (Some(section), None) => (section.label(""), format!("listener `{}`", section.value)),
        (None, Some(port)) => (port.label(""), format!("a listener on port {}", port.value)),
        (Some(section), Some(port)) => {
            (section.label(""), format!("listener `{}` on port {}", section.value, port.value))
        }
        // It attaches to all listeners, and there are none.
        (None, None) => return None,
    };
    let names: Vec<String> = gateway
        .listeners
        .iter()
        .filter_map(|listener| {
            let name = listener.value.name.value()?;
            Some(match (port, listener.value.port.value()) {
                (Some(_), Some(port)) => format!("{name} ({port})"),
                _ => name.clone(),
            })
        })
        .collect();
    let message = format!(
        "{} attaches to {which} of {} `{}`, which has no such one",
        title(route),
        parent.kind,
        parent.name.value
    );
    Some(
        Diagnostic::error(place, message)
            .related(
                gateway.object.label(format!("its listeners: {}", some_of(&names, "listeners"))),
            )
            .help("the Gateway does not accept the route: name one of its listeners"),
    )
}

fn title(route: &GatewayRoute<'_>) -> String {
    format!("{} `{}`", route.object.kind(), route.object.name())
}
