//! `advertise-address-invalid`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::addresses::{AddressRange, Owner, Role, Source};
use crate::model::components::ComponentFlags;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/advertise-address-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let silent = publish_nothing(network);
    for range in network.addresses.of(Role::Node) {
        if let Some((severity, message, help)) = fault(&silent, range) {
            findings.add(Diagnostic::new(severity, range.span.label(""), message).help(help));
        }
    }
}

fn fault(
    silent: &[Object<'_>],
    range: &AddressRange<'_>,
) -> Option<(Severity, String, &'static str)> {
    if range.source.owner() == Owner::Anyone {
        return None;
    }
    let kubeadm =
        matches!(range.source, Source::INIT_ADVERTISE_ADDRESS | Source::JOIN_ADVERTISE_ADDRESS);
    let address = range.range.first();
    let noun = range.noun();
    let route = "write the address at which the other nodes reach this one";
    if address.is_unspecified() {
        // A kubelet takes it for the family that it prefers.
        let message = format!("`{address}` is no address: the {noun} is that of the default route");
        return (range.source.owner() == Owner::ApiServer).then_some((
            Severity::Info,
            message,
            route,
        ));
    }
    if address.is_loopback() {
        if silent.iter().any(|silent| range.object.is_some_and(|object| object.is(*silent))) {
            return None;
        }
        let message = format!("{noun} `{address}` is a loopback address");
        // kubeadm looks for another address on the loopback interface.
        let severity = if kubeadm { Severity::Warning } else { Severity::Error };
        return Some((severity, message, route));
    }
    let kind = match address {
        address if address.is_multicast() => "a multicast address",
        IpAddr::V4(address) if address.is_link_local() => "a link-local address",
        IpAddr::V6(address) if address.is_unicast_link_local() => "a link-local address",
        IpAddr::V4(address) if kubeadm && address.octets() == [1, 2, 3, 4] => {
            "the sample of `kubeadm config print init-defaults`"
        }
        _ => return None,
    };
    Some((Severity::Error, format!("{noun} `{address}` is {kind}"), route))
}

/// API servers that are told not to make endpoints for their own Service.
fn publish_nothing<'a>(network: &Network<'a>) -> Vec<Object<'a>> {
    let told = |component: &&ComponentFlags<'_>| {
        let reconciler = component.flags.value("endpoint-reconciler-type");
        component.extra_args.is_none() && reconciler.is_some_and(|value| **value == "none")
    };
    network.components.iter().filter(told).map(|component| component.object).collect()
}
