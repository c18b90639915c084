//! `endpoints-invalid-address`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::endpoint_objects::{Form, endpoint_objects};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/endpoints-invalid-address.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for endpoints in endpoint_objects(&network.objects) {
        let family = match endpoints.form {
            Form::Endpoints(_) => "",
            Form::Slice(slice) => match &slice.address_type {
                Field::Known(kind) if matches!(kind.value.as_str(), "IPv4" | "IPv6") => &kind.value,
                _ => continue,
            },
        };
        if network.patches.may_change(endpoints.object) {
            continue;
        }
        for written in endpoints.addresses() {
            let text = written.value.as_str();
            let message = match text.parse::<IpAddr>() {
                Err(_) => format!("endpoint `{text}` is no IP address"),
                Ok(address) if !family.is_empty() && address.is_ipv4() != (family == "IPv4") => {
                    format!("endpoint `{text}` in a slice of {family}")
                }
                Ok(address) => match special(address) {
                    Some(kind) => format!("endpoint `{text}` is {kind} address"),
                    None => continue,
                },
            };
            findings.add(
                Diagnostic::error(written.label(""), message)
                    .help("write the address at which nodes reach the server"),
            );
        }
    }
}

/// What `ValidateEndpointIP` in `pkg/apis/core/validation` of Kubernetes refuses.
fn special(address: IpAddr) -> Option<&'static str> {
    let (link_local, multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (v6.is_unicast_link_local(), v6.segments()[0] & 0xff0f == 0xff02),
    };
    match () {
        () if address.is_unspecified() => Some("the unspecified"),
        () if address.is_loopback() => Some("a loopback"),
        () if link_local => Some("a link-local"),
        () if multicast => Some("a multicast"),
        () => None,
    }
}
