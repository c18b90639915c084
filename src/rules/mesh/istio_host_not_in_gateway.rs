//! `istio-host-not-in-gateway`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::hosts::{is_known_list, matches};
use crate::model::mesh::{GatewaySpec, Item, VirtualServiceSpec};
use crate::model::namespaces::{fold, is_known};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-host-not-in-gateway.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for virtual_service in &network.mesh.virtual_services {
        if virtual_service.is_delegate() || !is_known_list(&virtual_service.spec.hosts) {
            continue;
        }
        for (reference, text) in virtual_service.gateways() {
            let Some(gateway) = network.mesh.gateway(&reference) else { continue };
            if !network.are_together(gateway.object, virtual_service.object) {
                continue;
            }
            findings.extend(look_at(virtual_service, gateway, text));
        }
    }
}

fn look_at(
    virtual_service: &Item<'_, VirtualServiceSpec>,
    gateway: &Item<'_, GatewaySpec>,
    text: &Spanned<String>,
) -> Option<Diagnostic> {
    if !is_known_list(&gateway.spec.servers) {
        return None;
    }
    let mut offered: Vec<&Spanned<String>> = Vec::new();
    for server in gateway.spec.servers.items() {
        let hosts = &server.value()?.hosts;
        if !is_known_list(hosts) {
            return None;
        }
        offered.extend(hosts.items().iter().filter_map(|host| host.known()));
    }
    let hosts = virtual_service.spec.hosts.items();
    let wanted: Vec<&Spanned<String>> = hosts.iter().filter_map(|host| host.known()).collect();
    let fits = |wanted: &Spanned<String>| {
        offered.iter().any(|offer| offers(offer, virtual_service, gateway, wanted))
    };
    if offered.is_empty() || wanted.iter().any(|wanted| fits(wanted)) {
        return None;
    }
    let list = |hosts: &[&Spanned<String>]| {
        some_of(&hosts.iter().map(|host| host.value.clone()).collect::<Vec<_>>(), "hosts")
    };
    let message = format!("Gateway `{}` has no host for {}", gateway.object.name(), list(&wanted));
    Some(
        Diagnostic::warning(text.label(""), message)
            .related(wanted[0].label("a host of the routes"))
            .related(offered[0].label(format!("the Gateway is for {}", list(&offered))))
            .help(
                "the Gateway answers requests for these hosts with 404: name the same host in both",
            ),
    )
}

/// Whether a Gateway's host, such as `shop/*.example.com`, takes a host of a VirtualService.
fn offers(
    offer: &str,
    virtual_service: &Item<'_, VirtualServiceSpec>,
    gateway: &Item<'_, GatewaySpec>,
    wanted: &str,
) -> bool {
    let own = virtual_service.object.namespace();
    let (namespace, host) = offer.split_once('/').unwrap_or(("*", offer));
    let place = if namespace == "." { gateway.object.namespace() } else { namespace };
    let may_have_it =
        place == "*" || !is_known(own) || !is_known(place) || fold(place) == fold(own);
    may_have_it && matches(host, wanted)
}
