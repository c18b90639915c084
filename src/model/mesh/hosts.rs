//! Hosts as objects of Istio name them, and what they stand for.
//!
//! A name without a dot is that of a Service in the namespace of the object that names it; any
//! other is taken as it is, so that `reviews.prod` is nobody (`ResolveShortnameToFQDN`,
//! `pilot/pkg/model/config.go`).

use super::super::Network;
use super::super::namespaces::fold;
use super::super::object::Object;
use super::super::ports::{PortRef, Protocol, port_number};
use super::super::services::Service;
use super::{Item, ServiceEntrySpec};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A host, comparable with others however they are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostName<'h> {
    /// `*`, `*.example.com`.
    Wildcard(&'h str),
    /// The Service `name` of a namespace, given by its folded key.
    Service { name: &'h str, namespace: &'h str },
    /// Any other name.
    Other(&'h str),
}

/// Reads a host as an object of a namespace, given by its key, names it.
pub fn host_name<'h>(host: &'h str, namespace: &'h str) -> HostName<'h> {
    if host.starts_with('*') {
        return HostName::Wildcard(host);
    }
    let mut labels = host.split('.');
    let name = labels.next().unwrap_or_default();
    match (labels.next(), labels.next(), labels.next()) {
        (None, ..) => HostName::Service { name, namespace: fold(namespace) },
        (Some(namespace), Some("svc"), Some(_)) => HostName::Service { name, namespace },
        _ => HostName::Other(host),
    }
}

impl HostName<'_> {
    /// The full names that it may be in the end, with the cluster domain that nearly all have.
    pub fn spellings(&self) -> Vec<String> {
        match self {
            HostName::Wildcard(host) | HostName::Other(host) => vec![(*host).to_owned()],
            HostName::Service { name, namespace } => {
                vec![format!("{name}.{namespace}.svc.cluster.local")]
            }
        }
    }
}

/// Whether two hosts, of which either may have a wildcard, have a name in common
/// (`pkg/config/host/name.go`).
pub fn matches(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
        (Some(one), None) => other.ends_with(one),
        (None, Some(other)) => one.ends_with(other),
        (None, None) => one == other,
    }
}

/// Who has a host.
#[derive(Clone, Copy, Debug)]
pub enum HostOwner<'n, 'a> {
    Service(&'n Service<'a>),
    Entry(&'n Item<'a, ServiceEntrySpec>),
}

/// A port of a host.
#[derive(Clone, Copy, Debug)]
pub struct HostPort<'a> {
    pub number: u16,
    pub name: Option<&'a str>,
    /// The port of the pods, where that is a number.
    pub target: Option<u16>,
    pub span: Span,
}

impl<'a> HostOwner<'_, 'a> {
    pub fn object(&self) -> Object<'a> {
        match self {
            HostOwner::Service(service) => service.object,
            HostOwner::Entry(entry) => entry.object,
        }
    }

    /// `` Service `web` ``.
    pub fn title(&self) -> String {
        match self {
            HostOwner::Service(service) => format!("Service `{}`", service.object.name()),
            HostOwner::Entry(entry) => format!("ServiceEntry `{}`", entry.object.name()),
        }
    }

    /// Its TCP ports; `None` when some cannot be known.
    pub fn ports(&self) -> Option<Vec<HostPort<'a>>> {
        match self {
            HostOwner::Service(service) => {
                if service.spec.ports.is_unknown() || service.is_external_name() {
                    return None;
                }
                let count = service.spec.ports.items().len();
                let views: Vec<_> = service.ports().collect();
                let ports = views.iter().filter(|view| view.protocol != Some(Protocol::Udp));
                let ports = ports.map(|view| {
                    let target = match view.target {
                        Some(PortRef::Number(number)) => Some(number),
                        _ => None,
                    };
                    let name = view.source.name.value().map(String::as_str);
                    let span = view.source.port.span().unwrap_or(view.span);
                    Some(HostPort { number: view.number?, name, target, span })
                });
                (views.len() == count).then(|| ports.collect()).flatten()
            }
            HostOwner::Entry(entry) => {
                let ports = entry.spec.ports.items().iter().map(|port| {
                    let port = port.value()?;
                    let number = port_number(*port.number.value()?)?;
                    let target = port.target_port.value().and_then(|port| port_number(*port));
                    let name = port.name.value().map(String::as_str);
                    Some(HostPort { number, name, target, span: port.number.span()? })
                });
                let known = !entry.spec.ports.is_unknown();
                known.then(|| ports.collect()).flatten()
            }
        }
    }
}

impl<'a> Network<'a> {
    /// Who has a host that an object names, if that is one object in view.
    pub fn host_owner(
        &self,
        host: HostName<'_>,
        named_by: Object<'_>,
    ) -> Option<HostOwner<'_, 'a>> {
        let entries = self.mesh.entries(host);
        let service = match host {
            HostName::Service { name, namespace } => self.services.get(namespace, name),
            HostName::Wildcard(_) | HostName::Other(_) => None,
        };
        let owner = match (service, entries.as_slice()) {
            (Some(service), []) if !self.mesh.is_patched(service.object) => {
                Some(HostOwner::Service(service))
            }
            (None, [entry]) => Some(HostOwner::Entry(entry)),
            _ => None,
        };
        owner.filter(|owner| self.are_together(owner.object(), named_by))
    }

    /// Whether `netvet.yaml` says that there is such a Service.
    pub fn is_external_service(&self, name: &str, namespace: &str) -> bool {
        let mut services = self.settings.external_services.iter();
        services.any(|service| {
            service.value.split_once('.').is_some_and(|(known, known_namespace)| {
                known == name && known_namespace == namespace
            })
        })
    }
}

/// Whether every item of a list is known.
pub fn is_known_list<T>(list: &Field<Vec<Field<T>>>) -> bool {
    !list.is_unknown() && list.items().iter().all(|item| !item.is_unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_dot_is_of_the_own_namespace_and_others_are_taken_as_they_are() {
        let reviews = HostName::Service { name: "reviews", namespace: "shop" };
        assert_eq!(host_name("reviews", "shop"), reviews);
        assert_eq!(host_name("reviews.shop.svc.cluster.local", "office"), reviews);
        assert_eq!(host_name("reviews.shop.svc.corp.example", "office"), reviews);
        assert_eq!(host_name("reviews.shop", "shop"), HostName::Other("reviews.shop"));
        assert_eq!(host_name("reviews.shop.svc", "shop"), HostName::Other("reviews.shop.svc"));
        assert_eq!(host_name("*.shop", "shop"), HostName::Wildcard("*.shop"));
    }

    #[test]
    fn wildcards_match_as_istio_says() {
        let table = [
            ("foo.com", "foo.com", true),
            ("foo.com", "bar.com", false),
            ("*.com", "foo.com", true),
            ("bar.com", "*.com", true),
            ("*.foo.com", "foo.com", false),
            ("*", "foo.com", true),
            ("*", "*.com", true),
            ("*.foo.com", "*.com", true),
            ("*.foo.com", "*.bar.com", false),
        ];
        for (one, other, expected) in table {
            assert_eq!(matches(one, other), expected, "{one} {other}");
        }
    }
}
