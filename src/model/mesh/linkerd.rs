//! Which pods carry a proxy of Linkerd, and what it is told about ports.
//!
//! The annotation of the pod comes first, then that of its namespace
//! (<https://linkerd.io/2/features/proxy-injection/>).

use std::ops::RangeInclusive;

use super::super::Network;
use super::super::object::Object;
use super::super::services::Service;
use super::super::workloads::Workload;
use super::injection::Proxy;
use crate::ingest::Map;
use crate::source::Spanned;
use crate::syntax::decode::Field;

pub const INJECT: &str = "linkerd.io/inject";
pub const OPAQUE_PORTS: &str = "config.linkerd.io/opaque-ports";
pub const SKIP_INBOUND: &str = "config.linkerd.io/skip-inbound-ports";
pub const SKIP_OUTBOUND: &str = "config.linkerd.io/skip-outbound-ports";

/// Ports that proxies pass on as they are if nothing else is said (`proxy.opaquePorts` of the
/// chart `linkerd-control-plane`).
const DEFAULT_OPAQUE: [u16; 8] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211];

/// One item of a list of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortItem {
    Numbers(RangeInclusive<u16>),
    /// What may be the name of a container's port.
    Name,
    Invalid,
}

/// Reads `25,587,4000-4100,mysql`.
pub fn port_items(list: &Spanned<String>) -> Vec<(Spanned<String>, PortItem)> {
    let items = list.split(&[',']).into_iter();
    items.map(|item| (item.clone(), port_item(&item))).collect()
}

fn port_item(text: &str) -> PortItem {
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port != 0);
    if let Some(number) = number(text) {
        return PortItem::Numbers(number..=number);
    }
    if let Some((from, to)) = text.split_once('-')
        && let (Some(from), Some(to)) = (number(from), number(to))
    {
        return if from <= to { PortItem::Numbers(from..=to) } else { PortItem::Invalid };
    }
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_name { PortItem::Name } else { PortItem::Invalid }
}

/// An annotation, as far as it is known.
fn annotation<'m>(map: &'m Map<String>, key: &str) -> Field<&'m Spanned<String>> {
    match map {
        Field::Unknown(span) => Field::Unknown(*span),
        map => match map.value().and_then(|map| map.get(key)) {
            Some(Field::Known(value)) => Field::Known(Spanned::new(value, value.span)),
            Some(Field::Unknown(span)) => Field::Unknown(*span),
            _ => Field::Absent,
        },
    }
}

impl<'a> Network<'a> {
    /// Whether a workload's pods carry Linkerd's proxy.
    pub fn linkerd_proxy(&self, workload: &Workload<'a>) -> Proxy {
        if !workload.patches.is_empty() || workload.host_network != super::super::labels::Answer::No
        {
            return Proxy::Unknown;
        }
        let metadata = &workload.spec.pod_metadata;
        let of_namespace = self.namespaces.objects(workload.namespace).iter();
        let of_namespace = of_namespace.map(|object| &object.resource.metadata.annotations);
        for map in std::iter::once(&metadata.annotations).chain(of_namespace) {
            match annotation(map, INJECT) {
                Field::Absent => {}
                Field::Unknown(_) => return Proxy::Unknown,
                Field::Known(value) => {
                    return match value.value.as_str() {
                        "enabled" | "ingress" => Proxy::Yes,
                        "disabled" => Proxy::No { reason: "not to be injected", span: value.span },
                        _ => Proxy::Unknown,
                    };
                }
            }
        }
        Proxy::Unknown
    }

    /// Whether proxies pass a port of a workload on as it is; `None` when that cannot be known.
    pub fn is_opaque(&self, workload: &Workload<'a>, port: u16) -> Option<bool> {
        // What Servers say about ports is not read.
        if self.mesh.has_linkerd_policies {
            return None;
        }
        let services: Vec<&Service<'_>> = self.services.of_class(workload.class).collect();
        let opaque = |service: &&Service<'_>| {
            service.ports().any(|view| {
                view.source.app_protocol.is_unknown()
                    || view.source.app_protocol.value().is_some_and(|name| {
                        name.starts_with("linkerd.io/") || name.starts_with("tcp")
                    })
            })
        };
        if services.iter().any(opaque) {
            return None;
        }
        let namespace = self.namespaces.objects(workload.namespace).iter().copied();
        let objects: Vec<Object<'_>> =
            namespace.chain(services.iter().map(|service| service.object)).collect();
        let maps = objects.iter().map(|object| &object.resource.metadata.annotations);
        let mut is_set = false;
        for map in std::iter::once(&workload.spec.pod_metadata.annotations).chain(maps) {
            match annotation(map, OPAQUE_PORTS) {
                Field::Absent => {}
                Field::Unknown(_) => return None,
                Field::Known(list) => {
                    is_set = true;
                    for (_, item) in port_items(list.value) {
                        match item {
                            PortItem::Numbers(range) if range.contains(&port) => return Some(true),
                            PortItem::Numbers(_) => {}
                            PortItem::Name | PortItem::Invalid => return None,
                        }
                    }
                }
            }
        }
        Some(!is_set && DEFAULT_OPAQUE.contains(&port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_numbers_ranges_or_names() {
        let table = [
            ("4222", PortItem::Numbers(4222..=4222)),
            ("4000-4100", PortItem::Numbers(4000..=4100)),
            ("4100-4000", PortItem::Invalid),
            ("0", PortItem::Invalid),
            ("70000", PortItem::Invalid),
            ("mysql", PortItem::Name),
            ("nats-cluster", PortItem::Name),
            ("[4222]", PortItem::Invalid),
            ("4222 8222", PortItem::Invalid),
        ];
        for (text, expected) in table {
            assert_eq!(port_item(text), expected, "{text}");
        }
    }
}
