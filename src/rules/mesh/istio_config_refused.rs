//! `istio-config-refused`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::hosts::{is_known_list, matches};
use crate::model::mesh::protocol::Protocol;
use crate::model::mesh::{
    AuthorizationPolicySpec, DestinationRuleSpec, GatewaySpec, HttpRoute, Item, L4Match,
    PeerAuthenticationSpec, RouteDestination, Server, VirtualServiceSpec,
};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-config-refused.md"),
    check: Check::Network(check),
};

/// Conditions are those of `pkg/config/validation/validation.go`.
fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mesh = &network.mesh;
    for item in &mesh.virtual_services {
        findings.extend(hosts(item));
        findings.extend(routes(item));
    }
    for item in &mesh.destination_rules {
        findings.extend(subsets(item));
    }
    for item in &mesh.gateways {
        findings.extend(servers(item));
    }
    for item in &mesh.peer_authentications {
        findings.extend(ports_without_selector(item));
    }
    for item in &mesh.authorization_policies {
        findings.extend(denies_nothing(item));
    }
}

fn refused(place: Span, message: impl Into<String>, help: &str) -> Diagnostic {
    let help = format!("Istio refuses the object: {help}");
    Diagnostic::error(place.label(""), message).help(help)
}

fn hosts(item: &Item<'_, VirtualServiceSpec>) -> Option<Diagnostic> {
    let hosts: Vec<_> = item.spec.hosts.items().iter().filter_map(Field::known).collect();
    if item.is_for_mesh() == Some(true)
        && let Some(all) = hosts.iter().find(|host| host.value == "*")
    {
        let message = "host `*` is for Gateways alone, and this VirtualService is for the mesh";
        return Some(refused(all.span, message, "name the Gateways in `gateways`, or the hosts"));
    }
    for (index, host) in hosts.iter().enumerate() {
        let other = hosts[..index].iter().find(|other| matches(&host.value, &other.value));
        if let Some(other) = other {
            let message = match host.value == other.value {
                true => format!("host `{}` is there twice", host.value),
                false => format!("hosts `{}` and `{}` overlap", other.value, host.value),
            };
            let finding = refused(host.span, message, "keep one of the two hosts");
            return Some(finding.related(other.label("the other one")));
        }
    }
    if item.is_delegate() && !item.spec.gateways.items().is_empty() {
        let place = item.spec.gateways.span()?;
        let message = "a VirtualService without hosts is only delegated to, and has no Gateways";
        return Some(refused(place, message, "add `hosts`, or take `gateways` out"));
    }
    None
}

fn routes(item: &Item<'_, VirtualServiceSpec>) -> Vec<Diagnostic> {
    let spec = item.spec;
    let mut found = Vec::new();
    if spec.http.is_absent() && spec.tls.is_absent() && spec.tcp.is_absent() {
        let message = "a VirtualService without `http`, `tls` and `tcp` has no routes";
        found.push(refused(item.object.resource.name_span(), message, "add a route"));
    }
    for route in spec.http.items().iter().filter_map(Field::known) {
        found.extend(actions(&route.value, route.span));
        found.extend(weights(&route.value.route));
    }
    for route in spec.tls.items().iter().filter_map(Field::known) {
        found.extend(weights(&route.value.route));
        found.extend(names_in_handshake(item, &route.value.matches, route.span));
    }
    for route in spec.tcp.items().iter().filter_map(Field::value) {
        found.extend(weights(&route.route));
    }
    found
}

/// What a route does with a request.
fn actions(route: &HttpRoute, span: Span) -> Option<Diagnostic> {
    let place = route.name.span().or_else(|| {
        let destination = route.route.items().first()?.value()?.destination.value()?;
        destination.host.span()
    });
    let place = place.unwrap_or(span);
    let names = [
        ("route", !route.route.is_absent()),
        ("redirect", !route.redirect.is_absent()),
        ("directResponse", !route.direct_response.is_absent()),
        ("delegate", !route.delegate.is_absent()),
    ];
    let given: Vec<&str> = names.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    match given.as_slice() {
        [] => {
            let message = "a route that neither leads anywhere nor answers";
            Some(refused(place, message, "add `route`, `redirect`, `directResponse` or `delegate`"))
        }
        [_] => None,
        [first, second, ..] => {
            let message = format!("a route has both `{first}` and `{second}`");
            Some(refused(place, message, "keep one of them"))
        }
    }
}

fn weights(routes: &Field<Vec<Field<RouteDestination>>>) -> Option<Diagnostic> {
    let routes = routes.items();
    let mut total = 0;
    let mut first = None;
    for route in routes {
        let route = route.value()?;
        if route.weight.is_unknown() {
            return None;
        }
        let weight = route.weight.value().copied().unwrap_or(0);
        if weight < 0 {
            let place = route.weight.span()?;
            return Some(refused(place, format!("weight {weight} is less than 0"), "no weight is"));
        }
        total += weight;
        let host = route.destination.value().and_then(|it| it.host.span());
        first = first.or(route.weight.span()).or(host);
    }
    if routes.len() < 2 || total > 0 {
        return None;
    }
    let message = format!("{} destinations share requests, and all weights are 0", routes.len());
    Some(refused(first?, message, "a weight that is not written is 0: write one for each"))
}

fn names_in_handshake(
    item: &Item<'_, VirtualServiceSpec>,
    list: &Field<Vec<Field<L4Match>>>,
    span: Span,
) -> Option<Diagnostic> {
    if list.is_absent() {
        let message = "a route of `tls` has no `match`";
        return Some(refused(span, message, "add `match` with `sniHosts`"));
    }
    if !is_known_list(&item.spec.hosts) {
        return None;
    }
    let hosts: Vec<&String> = item.spec.hosts.items().iter().filter_map(Field::value).collect();
    for one in list.items().iter().filter_map(Field::known) {
        if one.value.sni_hosts.is_absent() {
            let message = "a match of `tls` has no `sniHosts`";
            return Some(refused(one.span, message, "name the hosts of the handshake"));
        }
        for name in one.value.sni_hosts.items().iter().filter_map(Field::known) {
            let within = |host: &&String| match host.strip_prefix('*') {
                Some(suffix) => name.value.trim_start_matches('*').ends_with(suffix),
                None => **host == name.value,
            };
            if !hosts.iter().any(within) {
                let message =
                    format!("`{}` is none of the hosts of the VirtualService", name.value);
                let finding = refused(name.span, message, "add it to `hosts`");
                let span = item.spec.hosts.span();
                return Some(finding.related_all(span.map(|span| span.label("its hosts"))));
            }
        }
    }
    None
}

fn subsets(item: &Item<'_, DestinationRuleSpec>) -> Option<Diagnostic> {
    let subsets = item.spec.subsets.items().iter();
    let names: Vec<_> = subsets.filter_map(|subset| subset.value()?.name.known()).collect();
    names.iter().enumerate().find_map(|(index, name)| {
        let other = names[..index].iter().find(|other| other.value == name.value)?;
        let message = format!("subset `{}` is there twice", name.value);
        let finding = refused(name.span, message, "give each subset a name of its own");
        Some(finding.related(other.label("first")))
    })
}

fn servers(item: &Item<'_, GatewaySpec>) -> Vec<Diagnostic> {
    let servers = item.spec.servers.items().iter().filter_map(Field::known);
    servers.filter_map(|server| tls(&server.value, server.span)).collect()
}

fn tls(server: &Server, span: Span) -> Option<Diagnostic> {
    let port = server.port.value()?;
    let name = port.protocol.known()?;
    let Some(protocol) = Protocol::parse(name) else {
        let message = format!("`{}` is no protocol that a Gateway speaks", name.value);
        let help = "HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, MYSQL, REDIS, TCP and TLS are";
        return Some(refused(name.span, message, help));
    };
    match (&server.tls, protocol.is_tls()) {
        (Field::Absent, true) => {
            let message = format!("a server of {} has no `tls`", name.value);
            Some(refused(name.span, message, "add `tls` with `mode` and `credentialName`"))
        }
        (Field::Known(tls), true) => {
            let mode = tls.value.mode.known()?;
            let settings = &tls.value;
            let has_certificate = !settings.credential_name.is_absent()
                || !settings.credential_names.is_absent()
                || !settings.tls_certificates.is_absent()
                || !settings.server_certificate.is_absent();
            if has_certificate || !matches!(mode.as_str(), "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL")
            {
                return None;
            }
            let message = format!("a server of mode {} has no certificate", mode.value);
            Some(refused(mode.span, message, "name a Secret in `credentialName`"))
        }
        (Field::Known(tls), false) => {
            let settings = &tls.value;
            let ends_tls = matches!(settings.mode.value()?.as_str(), "SIMPLE" | "MUTUAL");
            if !ends_tls {
                return None;
            }
            let place = settings.mode.span().unwrap_or(span);
            let message = format!("a server of {} has `tls` with a certificate", name.value);
            Some(refused(place, message, "its protocol must be HTTPS or TLS"))
        }
        _ => None,
    }
}

fn ports_without_selector(item: &Item<'_, PeerAuthenticationSpec>) -> Option<Diagnostic> {
    let selects = match &item.spec.selector {
        Field::Absent => false,
        Field::Unknown(_) => return None,
        Field::Known(selector) => match &selector.value.match_labels {
            Field::Unknown(_) => return None,
            labels => labels.value().is_some_and(|labels| !labels.is_empty()),
        },
    };
    let ports = item.spec.port_level_mtls.known().filter(|ports| !ports.value.is_empty())?;
    if selects {
        return None;
    }
    let message = "`portLevelMtls` of a PeerAuthentication for all workloads";
    Some(refused(ports.span, message, "ports are set with a `selector` alone"))
}

fn denies_nothing(item: &Item<'_, AuthorizationPolicySpec>) -> Option<Diagnostic> {
    let action = item.spec.action.known().filter(|action| action.value == "DENY")?;
    if !item.spec.rules.is_absent() {
        return None;
    }
    let message = "action DENY without `rules` denies nothing";
    Some(refused(action.span, message, "write `rules: [{}]` to deny everything"))
}
