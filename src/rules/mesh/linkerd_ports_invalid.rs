//! `linkerd-ports-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::linkerd::{
    OPAQUE_PORTS, PortItem, SKIP_INBOUND, SKIP_OUTBOUND, port_items,
};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/linkerd-ports-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for key in [OPAQUE_PORTS, SKIP_INBOUND, SKIP_OUTBOUND] {
        let of_objects = |object: Object<'_>| object.resource.metadata.annotation(key).cloned();
        let namespaces = network.namespace_objects().filter_map(of_objects);
        let services = network.services.all.iter().filter_map(|it| of_objects(it.object));
        let pods = network.workloads.all.iter();
        let pods = pods.filter_map(|it| it.spec.pod_metadata.annotation(key).cloned());
        let lists: Vec<Spanned<String>> = namespaces.chain(services).chain(pods).collect();
        for list in &lists {
            findings.extend(look_at(key, list));
        }
    }
}

fn look_at(key: &str, list: &Spanned<String>) -> Option<Diagnostic> {
    let names_are_ports = key == OPAQUE_PORTS;
    let (item, _) = port_items(list).into_iter().find(|(_, item)| match item {
        PortItem::Numbers(_) => false,
        PortItem::Name => !names_are_ports,
        PortItem::Invalid => true,
    })?;
    let message = format!("`{}` in `{key}` is no port and no range of ports", item.value);
    let also = if names_are_ports { ", and names of container ports" } else { "" };
    Some(Diagnostic::warning(item.label(""), message).help(format!(
        "write numbers and ranges, separated by commas, such as `4222,8000-8010`{also}"
    )))
}
