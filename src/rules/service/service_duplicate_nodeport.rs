//! `service-duplicate-nodeport`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::namespaces::is_known;
use crate::model::ports::Protocol;
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-duplicate-nodeport.md"),
    check: Check::Network(check),
};

/// Who has a port of the nodes.
struct Holder<'n, 'a> {
    service: &'n Service<'a>,
    span: Span,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut holders: BTreeMap<(i64, Protocol), Holder<'_, '_>> = BTreeMap::new();
    for service in &network.services.all {
        let kind = service.spec.kind.value().map_or("ClusterIP", String::as_str);
        if !matches!(kind, "NodePort" | "LoadBalancer") {
            continue;
        }
        for port in service.ports() {
            let (Some(number), Some(protocol)) = (port.source.node_port.known(), port.protocol)
            else {
                continue;
            };
            // Zero leaves the choice to the API server.
            if number.value == 0 {
                continue;
            }
            let Some(first) = holders.get(&(number.value, protocol)) else {
                holders.insert((number.value, protocol), Holder { service, span: number.span });
                continue;
            };
            if may_be_same(first.service, service) && first.span.file != number.span.file {
                continue;
            }
            let message = format!(
                "node port {} ({protocol}) of Service `{}` is taken by Service `{}`",
                number.value,
                service.object.name(),
                first.service.object.name()
            );
            findings.add(
                Diagnostic::error(number.label(""), message)
                    .related(first.span.label("taken here"))
                    .help("a node port belongs to one Service of the whole cluster; leave the number out to be given a free one"),
            );
        }
    }
}

/// Whether two manifests may be of one and the same Service: a file that leaves its namespace open
/// may be applied to any.
fn may_be_same(one: &Service<'_>, other: &Service<'_>) -> bool {
    let open = |service: &Service<'_>| !is_known(service.namespace);
    one.object.name() == other.object.name()
        && (one.namespace == other.namespace || open(one) || open(other))
}
