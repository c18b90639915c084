//! `istio-service-entry-shape`: see the page.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::hosts::is_known_list;
use crate::model::mesh::protocol::Protocol;
use crate::model::mesh::{Item, ServiceEntrySpec, exported_to};
use crate::model::namespaces::fold;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-service-entry-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for entry in &network.mesh.service_entries {
        let refused = hosts(entry.spec)
            .or_else(|| ports(entry.spec))
            .or_else(|| endpoints(entry.spec))
            .or_else(|| addresses(entry.spec));
        match refused {
            Some(finding) => findings.add(finding),
            None => findings.extend(without_address(entry.spec)),
        }
    }
    findings.extend(conflicts(network));
}

/// Conditions are those of `ValidateServiceEntry`, `pkg/config/validation/validation.go`.
fn refused(place: Span, message: impl Into<String>, help: &str) -> Diagnostic {
    let help = format!("Istio refuses the ServiceEntry: {help}");
    Diagnostic::error(place.label(""), message).help(help)
}

/// Absent means NONE; `None` where it cannot be known.
fn resolution(spec: &ServiceEntrySpec) -> Option<&str> {
    match &spec.resolution {
        Field::Absent => Some("NONE"),
        field => field.value().map(String::as_str),
    }
}

fn hosts(spec: &ServiceEntrySpec) -> Option<Diagnostic> {
    let hosts: Vec<_> = spec.hosts.items().iter().filter_map(Field::known).collect();
    if let Some(all) = hosts.iter().find(|host| host.value == "*") {
        return Some(refused(all.span, "host `*` of a ServiceEntry", "name the hosts"));
    }
    let resolution = resolution(spec)?;
    let by_dns = matches!(resolution, "DNS" | "DNS_ROUND_ROBIN");
    let no_endpoints = spec.endpoints.is_absent() && spec.workload_selector.is_absent();
    if by_dns
        && no_endpoints
        && let Some(wildcard) = hosts.iter().find(|host| host.starts_with('*'))
    {
        let message =
            format!("`{}` cannot be looked up with resolution {resolution}", wildcard.value);
        let help = "take resolution NONE, or give `endpoints`";
        return Some(refused(wildcard.span, message, help));
    }
    if resolution == "NONE" || hosts.len() < 2 {
        return None;
    }
    let plain = spec.ports.items().iter().find_map(|port| {
        let protocol = port.value()?.protocol.known()?;
        let parsed = Protocol::parse(protocol)?;
        (!parsed.is_http() && !parsed.is_tls()).then_some(protocol)
    })?;
    let message = format!("{} hosts share a port of {}", hosts.len(), plain.value);
    let help = "only HTTP and TLS tell hosts apart: write one ServiceEntry for each host";
    Some(refused(plain.span, message, help).related(hosts[1].label("a second host")))
}

fn ports(spec: &ServiceEntrySpec) -> Option<Diagnostic> {
    let ports: Vec<_> = spec.ports.items().iter().filter_map(Field::value).collect();
    for (index, port) in ports.iter().enumerate() {
        let earlier = &ports[..index];
        if let Some(number) = port.number.known() {
            let same = earlier.iter().filter_map(|it| it.number.known());
            if let Some(other) = same.into_iter().find(|other| other.value == number.value) {
                let message = format!("port {} is there twice", number.value);
                let finding = refused(number.span, message, "keep one of the two");
                return Some(finding.related(other.label("first")));
            }
        }
        if let Some(name) = port.name.known() {
            let same = earlier.iter().filter_map(|it| it.name.known());
            if let Some(other) = same.into_iter().find(|other| other.value == name.value) {
                let message = format!("port name `{}` is there twice", name.value);
                let finding = refused(name.span, message, "give each port a name of its own");
                return Some(finding.related(other.label("first")));
            }
        }
        if let Some(protocol) = port.protocol.known()
            && !protocol.is_empty()
            && Protocol::parse(protocol).is_none()
        {
            let message = format!("`{}` is no protocol of Istio", protocol.value);
            let help =
                "HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, MYSQL, REDIS, TCP, TLS and UDP are";
            return Some(refused(protocol.span, message, help));
        }
    }
    None
}

fn endpoints(spec: &ServiceEntrySpec) -> Option<Diagnostic> {
    let endpoints = spec.endpoints.known().filter(|list| !list.value.is_empty())?;
    if let Some(selector) = spec.workload_selector.span() {
        let message = "a ServiceEntry has both `endpoints` and `workloadSelector`";
        return Some(refused(selector, message, "keep one of them"));
    }
    let resolution = resolution(spec)?;
    if resolution == "NONE" {
        let first = endpoints.value.first()?.value()?.address.span().unwrap_or(endpoints.span);
        let message = "a ServiceEntry of resolution NONE has endpoints";
        let help = "write `resolution: STATIC` for addresses, or `DNS` for names";
        return Some(refused(first, message, help));
    }
    let names = spec.ports.items().iter().map(|port| port.value()?.name.value());
    let names: Option<Vec<&String>> = names.collect();
    for endpoint in endpoints.value.iter().filter_map(Field::value) {
        if resolution == "STATIC"
            && let Some(address) = endpoint.address.known()
            && !address.is_empty()
            && !address.starts_with("unix://")
            && address.parse::<IpAddr>().is_err()
        {
            let message =
                format!("endpoint `{}` is no address, and resolution is STATIC", address.value);
            return Some(refused(address.span, message, "write `resolution: DNS` for names"));
        }
        let Some(names) = &names else { continue };
        for (name, number) in endpoint.ports.value().into_iter().flatten() {
            if !names.contains(&name) {
                let place = number.span().or(endpoint.ports.span())?;
                let message = format!("the ServiceEntry has no port named `{name}`");
                return Some(refused(place, message, "endpoints name ports as `ports` does"));
            }
        }
    }
    None
}

fn addresses(spec: &ServiceEntrySpec) -> Option<Diagnostic> {
    let resolution = resolution(spec)?;
    let range =
        spec.addresses.items().iter().filter_map(Field::known).find(|it| it.contains('/'))?;
    if matches!(resolution, "NONE" | "STATIC") {
        return None;
    }
    let message = format!("a range of addresses, and resolution {resolution}");
    Some(refused(range.span, message, "ranges go with NONE and STATIC"))
}

/// Without an address, the proxy can only tell the host by the port.
fn without_address(spec: &ServiceEntrySpec) -> Option<Diagnostic> {
    let resolution = resolution(spec)?;
    if resolution == "NONE" || !spec.addresses.is_absent() || !is_known_list(&spec.hosts) {
        return None;
    }
    let port = spec.ports.items().iter().find_map(|port| {
        let port = port.value()?;
        (port.protocol.value()? == "TCP").then_some(port)
    })?;
    let (number, protocol) = (port.number.value()?, port.protocol.known()?);
    let message = format!("TCP port {number} has no address to tell its host by");
    Some(
        Diagnostic::info(protocol.label(""), message)
            .help("unless the proxies give addresses to names (the default since Istio 1.25), all connections to this port of any host go here: set `addresses`"),
    )
}

/// One port of one host with two protocols.
fn conflicts(network: &Network<'_>) -> Vec<Diagnostic> {
    type Holder<'n, 'a> = (&'n Item<'a, ServiceEntrySpec>, &'n Spanned<String>);
    let mut known: HashMap<(&str, i64), Vec<Holder<'_, '_>>> = HashMap::new();
    let mut found = Vec::new();
    for entry in &network.mesh.service_entries {
        for host in entry.spec.hosts.items().iter().filter_map(Field::value) {
            for port in entry.spec.ports.items().iter().filter_map(Field::value) {
                let (Some(number), Some(protocol)) = (port.number.value(), port.protocol.known())
                else {
                    continue;
                };
                let holders = known.entry((host.as_str(), *number)).or_default();
                let other = holders.iter().find(|(other, text)| {
                    !text.eq_ignore_ascii_case(protocol)
                        && scopes_meet(other, entry)
                        && network.are_together(other.object, entry.object)
                        && !other.object.is(entry.object)
                });
                if let Some((other, text)) = other {
                    let message = format!(
                        "port {number} of `{host}` is {} here and {} in ServiceEntry `{}`",
                        protocol.value,
                        text.value,
                        other.object.name()
                    );
                    found.push(
                        Diagnostic::warning(protocol.label(""), message)
                            .related(text.label("another protocol"))
                            .help("proxies take one of the two, mostly the older: say the same in both"),
                    );
                }
                holders.push((entry, protocol));
            }
        }
    }
    found
}

fn scopes_meet(one: &Item<'_, ServiceEntrySpec>, other: &Item<'_, ServiceEntrySpec>) -> bool {
    let (one_place, other_place) = (one.object.namespace(), other.object.namespace());
    if one.object.name() == other.object.name() && fold(one_place) == fold(other_place) {
        return false;
    }
    let one = exported_to(&one.spec.export_to, one_place);
    let other = exported_to(&other.spec.export_to, other_place);
    let everywhere = |scope: &[&str]| scope.contains(&"*");
    !one.is_empty()
        && !other.is_empty()
        && (everywhere(&one) || everywhere(&other) || one.iter().any(|name| other.contains(name)))
}
