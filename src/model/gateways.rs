//! Gateway API: which listeners there are, which routes attach to them, and what is granted from
//! one namespace to another.
//!
//! <https://gateway-api.sigs.k8s.io/reference/spec/>

use rustc_hash::FxHashMap;

use super::labels::{Answer, Selector};
use super::namespaces::{Namespaces, fold, is_known};
use super::object::Object;
use crate::ingest::Body;
use crate::ingest::gateway_api::{
    GROUP, GatewayApi, GatewayRouteSpec, GatewaySpec, Listener, ListenerSetSpec, ParentReference,
    ReferenceGrantSpec, RouteNamespaces,
};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

pub use crate::ingest::gateway_api as api;

#[derive(Debug, Default)]
pub struct Gateways<'a> {
    pub classes: Vec<Object<'a>>,
    /// Gateways and ListenerSets.
    pub all: Vec<Gateway<'a>>,
    pub routes: Vec<GatewayRoute<'a>>,
    pub grants: Vec<Grant<'a>>,
    /// By kind, folded namespace and name, indices of gateways.
    by_name: FxHashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// By folded namespace.
    grants_by_namespace: FxHashMap<&'a str, Vec<usize>>,
    /// Whether a grant may be put into any namespace.
    grants_adrift: bool,
}

/// A Gateway, or a ListenerSet that adds to one.
#[derive(Debug)]
pub struct Gateway<'a> {
    pub object: Object<'a>,
    /// `None` for a ListenerSet.
    pub spec: Option<&'a GatewaySpec>,
    pub listeners: Vec<&'a Spanned<Listener>>,
    /// Whether all of its listeners are known.
    pub complete: bool,
}

#[derive(Debug)]
pub struct GatewayRoute<'a> {
    pub object: Object<'a>,
    pub spec: &'a GatewayRouteSpec,
}

#[derive(Debug)]
pub struct Grant<'a> {
    pub object: Object<'a>,
    pub spec: &'a ReferenceGrantSpec,
}

/// What refers to something in another namespace.
#[derive(Clone, Copy, Debug)]
pub struct Referrer<'r> {
    pub kind: &'r str,
    pub namespace: &'r str,
}

/// What is referred to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'r> {
    pub group: &'r str,
    pub kind: &'r str,
    pub namespace: &'r str,
    pub name: &'r str,
}

impl<'a> Gateways<'a> {
    pub fn new(objects: &[Object<'a>]) -> Gateways<'a> {
        let mut gateways = Gateways::default();
        for object in objects {
            let Body::GatewayApi(body) = object.body() else { continue };
            let object = *object;
            match body {
                GatewayApi::GatewayClass => gateways.classes.push(object),
                GatewayApi::Gateway(spec) => gateways.all.push(Gateway::of_gateway(object, spec)),
                GatewayApi::ListenerSet(spec) => {
                    gateways.all.push(Gateway::of_listener_set(object, spec));
                }
                GatewayApi::Route(spec) => gateways.routes.push(GatewayRoute { object, spec }),
                GatewayApi::ReferenceGrant(spec) => gateways.grants.push(Grant { object, spec }),
            }
        }
        for (index, gateway) in gateways.all.iter().enumerate() {
            let object = gateway.object;
            let key = (kind_of(object), fold(object.namespace()), object.name());
            gateways.by_name.entry(key).or_default().push(index);
        }
        for (index, grant) in gateways.grants.iter().enumerate() {
            let namespace = grant.object.namespace();
            gateways.grants_adrift |= !is_known(namespace);
            gateways.grants_by_namespace.entry(fold(namespace)).or_default().push(index);
        }
        gateways
    }

    /// The Gateways, or ListenerSets, of a name; several where files hold variants of one.
    pub fn named(&self, kind: &str, namespace: &str, name: &str) -> Vec<&Gateway<'a>> {
        let found = self.by_name.get(&(kind, fold(namespace), name));
        found.into_iter().flatten().map(|index| &self.all[*index]).collect()
    }

    /// Whether something is granted to be referred to from another namespace, by the files.
    pub fn is_granted(&self, from: Referrer<'_>, to: Target<'_>) -> Answer {
        let adrift = Answer::of(self.grants_adrift).and(Answer::Unknown);
        let grants = self.grants_in(to.namespace).map(|grant| grant.allows(from, to));
        Answer::any(grants).or(adrift)
    }

    /// The grants of a namespace.
    pub fn grants_in(&self, namespace: &str) -> impl Iterator<Item = &Grant<'a>> {
        let found = self.grants_by_namespace.get(fold(namespace));
        found.into_iter().flatten().map(|index| &self.grants[*index])
    }
}

/// The kind as references name it.
fn kind_of(object: Object<'_>) -> &str {
    if object.kind() == "XListenerSet" { "ListenerSet" } else { object.kind() }
}

impl<'a> Gateway<'a> {
    /// As references name it: Gateway or ListenerSet.
    pub fn kind(&self) -> &'a str {
        kind_of(self.object)
    }

    fn of_gateway(object: Object<'a>, spec: &'a GatewaySpec) -> Gateway<'a> {
        let listeners = spec.listeners.items();
        Gateway {
            object,
            spec: Some(spec),
            listeners: listeners.iter().filter_map(Field::known).collect(),
            complete: !spec.listeners.is_unknown() && listeners.iter().all(|it| !it.is_unknown()),
        }
    }

    fn of_listener_set(object: Object<'a>, spec: &'a ListenerSetSpec) -> Gateway<'a> {
        let listeners = spec.listeners.items();
        Gateway {
            object,
            spec: None,
            listeners: listeners.iter().filter_map(Field::known).collect(),
            complete: !spec.listeners.is_unknown() && listeners.iter().all(|it| !it.is_unknown()),
        }
    }
}

/// A Gateway or ListenerSet that a route names.
#[derive(Clone, Copy, Debug)]
pub struct Parent<'a> {
    pub source: &'a ParentReference,
    pub span: Span,
    /// Gateway or ListenerSet.
    pub kind: &'a str,
    /// The key of its namespace.
    pub namespace: &'a str,
    pub name: &'a Spanned<String>,
}

impl<'a> GatewayRoute<'a> {
    /// What it wants to attach to, as far as that is known; other parents, as Services are for a
    /// mesh, are left out.
    pub fn parents(&self) -> impl Iterator<Item = Parent<'a>> {
        let own = self.object.namespace();
        let parents = self.spec.parent_refs.items().iter().filter_map(Field::known);
        parents.filter_map(move |parent| {
            let source = &parent.value;
            let group = match &source.group {
                Field::Absent => GROUP,
                group => group.value()?.as_str(),
            };
            let kind = match &source.kind {
                Field::Absent => "Gateway",
                kind => kind.value()?.as_str(),
            };
            let kind = if kind == "XListenerSet" { "ListenerSet" } else { kind };
            if !group.starts_with("gateway.networking.")
                || !matches!(kind, "Gateway" | "ListenerSet")
            {
                return None;
            }
            let namespace = match &source.namespace {
                Field::Absent => own,
                namespace => namespace.value()?.as_str(),
            };
            let name = source.name.known()?;
            Some(Parent { source, span: parent.span, kind, namespace, name })
        })
    }
}

impl<'a> Parent<'a> {
    /// Whether a listener is one of those that are meant.
    pub fn means(&self, listener: &Listener) -> Answer {
        let by_name = match &self.source.section_name {
            Field::Absent => Answer::Yes,
            wanted => same(wanted, &listener.name),
        };
        let by_port = match &self.source.port {
            Field::Absent => Answer::Yes,
            wanted => same(wanted, &listener.port),
        };
        by_name.and(by_port)
    }
}

fn same<T: PartialEq>(one: &Field<T>, other: &Field<T>) -> Answer {
    match (one.value(), other.value()) {
        (Some(one), Some(other)) => Answer::of(one == other),
        _ => Answer::Unknown,
    }
}

/// Whether a listener takes routes of a namespace, given by their keys.
pub fn admits_namespace<'a>(
    listener: &'a Listener,
    of_gateway: &str,
    of_route: &'a str,
    namespaces: &Namespaces<'a>,
) -> Answer {
    let allowed = listener.allowed_routes.then(|allowed| &allowed.namespaces);
    match &allowed {
        Field::Absent => same_namespace(of_gateway, of_route),
        Field::Unknown(_) => Answer::Unknown,
        Field::Known(allowed) => match allowed.value.from.value().map(String::as_str) {
            None if allowed.value.from.is_unknown() => Answer::Unknown,
            None | Some("Same") => same_namespace(of_gateway, of_route),
            Some("All") => Answer::Yes,
            Some("None") => Answer::No,
            Some("Selector") => selected(listener, of_route, namespaces),
            Some(_) => Answer::Unknown,
        },
    }
}

fn selected<'a>(listener: &'a Listener, of_route: &'a str, namespaces: &Namespaces<'a>) -> Answer {
    let allowed: Option<&RouteNamespaces> =
        listener.allowed_routes.value().and_then(|allowed| allowed.namespaces.value());
    let Some(allowed) = allowed else { return Answer::Unknown };
    match &allowed.selector {
        Field::Known(_) => {
            Selector::of_field(&allowed.selector).matches(&namespaces.labels(of_route))
        }
        Field::Absent | Field::Unknown(_) => Answer::Unknown,
    }
}

fn same_namespace(one: &str, other: &str) -> Answer {
    match one == other {
        true => Answer::Yes,
        false if is_known(one) && is_known(other) => Answer::No,
        false => Answer::Unknown,
    }
}

/// Whether a listener takes routes of a kind. Without a list, the protocol decides.
pub fn admits_kind(listener: &Listener, kind: &str) -> Answer {
    let kinds = listener.allowed_routes.then(|allowed| &allowed.kinds);
    match &kinds {
        Field::Unknown(_) => Answer::Unknown,
        Field::Known(kinds) if !kinds.value.is_empty() => {
            Answer::any(kinds.value.iter().map(|entry| match entry.value() {
                Some(entry) => match entry.kind.value() {
                    Some(name) => Answer::of(name == kind),
                    None => Answer::Unknown,
                },
                None => Answer::Unknown,
            }))
        }
        Field::Known(_) | Field::Absent => match listener.protocol.value().map(String::as_str) {
            Some("HTTP" | "HTTPS") => Answer::of(matches!(kind, "HTTPRoute" | "GRPCRoute")),
            Some("UDP") => Answer::of(kind == "UDPRoute"),
            // Implementations take more than the specification asks for.
            Some("TCP") => Answer::of(kind == "TCPRoute")
                .or(Answer::of(kind == "TLSRoute").and(Answer::Unknown)),
            _ => Answer::Unknown,
        },
    }
}

/// Whether some host may be meant by both names: `*.example.com` stands for any number of labels
/// here.
pub fn intersect(one: &str, other: &str) -> bool {
    let covers = |pattern: &str, host: &str| {
        let Some(suffix) = pattern.strip_prefix('*') else { return false };
        let (suffix, host) = (suffix.to_ascii_lowercase(), host.to_ascii_lowercase());
        host.len() > suffix.len() && host.ends_with(&suffix)
    };
    one.eq_ignore_ascii_case(other) || covers(one, other) || covers(other, one)
}

/// Whether a listener has a host of a route; where one of them names none, it has.
pub fn shares_host(listener: &Listener, route: &GatewayRouteSpec) -> Answer {
    let own = match &listener.hostname {
        Field::Absent => return Answer::Yes,
        Field::Unknown(_) => return Answer::Unknown,
        Field::Known(name) if name.value.is_empty() => return Answer::Yes,
        Field::Known(name) => &name.value,
    };
    match &route.hostnames {
        Field::Unknown(_) => Answer::Unknown,
        hostnames if hostnames.items().is_empty() => Answer::Yes,
        hostnames => Answer::any(hostnames.items().iter().map(|host| match host.value() {
            Some(host) => Answer::of(intersect(own, host)),
            None => Answer::Unknown,
        })),
    }
}

impl Grant<'_> {
    fn allows(&self, from: Referrer<'_>, to: Target<'_>) -> Answer {
        let own = match same_namespace(self.object.namespace(), to.namespace) {
            Answer::No => return Answer::No,
            own => own,
        };
        let is = |field: &Field<String>, wanted: &str| match field {
            Field::Absent => Answer::of(wanted.is_empty()),
            Field::Known(value) => Answer::of(value.value == wanted),
            Field::Unknown(_) => Answer::Unknown,
        };
        let from_any = self.spec.from.items().iter().map(|entry| match entry.value() {
            Some(entry) => is(&entry.group, GROUP)
                .and(is(&entry.kind, from.kind))
                .and(is(&entry.namespace, from.namespace)),
            None => Answer::Unknown,
        });
        let to_any = self.spec.to.items().iter().map(|entry| match entry.value() {
            Some(entry) => {
                let named =
                    entry.name.is_absent() || entry.name.value().is_some_and(String::is_empty);
                let name = if named { Answer::Yes } else { is(&entry.name, to.name) };
                is(&entry.group, to.group).and(is(&entry.kind, to.kind)).and(name)
            }
            None => Answer::Unknown,
        });
        let listed = |list_is_unknown: bool, any: Answer| {
            if list_is_unknown { Answer::Unknown } else { any }
        };
        own.and(listed(self.spec.from.is_unknown(), Answer::any(from_any)))
            .and(listed(self.spec.to.is_unknown(), Answer::any(to_any)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_number_of_labels() {
        for (one, other, expected) in [
            ("example.com", "Example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "*.shop.example.com", true),
            ("*.example.com", "*.example.org", false),
            ("a.example.com", "b.example.com", false),
        ] {
            assert_eq!(intersect(one, other), expected, "{one} {other}");
            assert_eq!(intersect(other, one), expected, "{other} {one}");
        }
    }
}
