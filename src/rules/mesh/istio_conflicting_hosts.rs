//! `istio-conflicting-hosts`: see the page.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::hosts::{HostName, host_name};
use crate::model::mesh::{Item, VirtualServiceSpec, exported_to};
use crate::model::namespaces::{fold, is_known};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-conflicting-hosts.md"),
    check: Check::Network(check),
};

type Holder<'n, 'a> = (&'n Item<'a, VirtualServiceSpec>, &'n Spanned<String>);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut holders: HashMap<HostName<'_>, Vec<Holder<'_, '_>>> = HashMap::new();
    for virtual_service in &network.mesh.virtual_services {
        if virtual_service.is_for_mesh() != Some(true) {
            continue;
        }
        let own = virtual_service.object.namespace();
        for host in virtual_service.spec.hosts.items() {
            let Some(host) = host.known() else { continue };
            let known = holders.entry(host_name(host, own)).or_default();
            let other = known.iter().find(|(other, _)| {
                are_in_conflict(other, virtual_service)
                    && network.are_together(other.object, virtual_service.object)
            });
            if let Some((other, place)) = other {
                let message = format!(
                    "VirtualService `{}` has routes for `{}`, too",
                    other.object.name(),
                    host.value
                );
                findings.add(
                    Diagnostic::warning(host.label(""), message)
                        .related(place.label("the same host"))
                        .help("proxies follow only one of them, mostly the older: write all routes of a host into one VirtualService"),
                );
            }
            known.push((virtual_service, host));
        }
    }
}

fn are_in_conflict(
    one: &Item<'_, VirtualServiceSpec>,
    other: &Item<'_, VirtualServiceSpec>,
) -> bool {
    let namespaces = [one.object.namespace(), other.object.namespace()];
    let same_object = one.object.name() == other.object.name()
        && (fold(namespaces[0]) == fold(namespaces[1])
            || !namespaces.iter().all(|namespace| is_known(namespace)));
    let both_http = !one.spec.http.is_absent() && !other.spec.http.is_absent();
    !same_object && both_http && scopes_meet(one, other)
}

/// Whether some namespace follows both.
fn scopes_meet(one: &Item<'_, VirtualServiceSpec>, other: &Item<'_, VirtualServiceSpec>) -> bool {
    let scope = |it: &Item<'_, VirtualServiceSpec>| -> Vec<String> {
        let names = exported_to(&it.spec.export_to, it.object.namespace());
        names.into_iter().map(str::to_owned).collect()
    };
    let (one, other) = (scope(one), scope(other));
    let everywhere = |scope: &[String]| scope.iter().any(|name| name == "*");
    let unknown = one.is_empty() || other.is_empty();
    !unknown
        && (everywhere(&one) || everywhere(&other) || one.iter().any(|name| other.contains(name)))
}
