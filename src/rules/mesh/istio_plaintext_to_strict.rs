//! `istio-plaintext-to-strict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::hosts::{HostName, host_name};
use crate::model::mesh::plaintext::refuses;
use crate::model::mesh::{DestinationRuleSpec, Item, Subset};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-plaintext-to-strict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for rule in &network.mesh.destination_rules {
        let Some(mode) = plaintext(rule) else { continue };
        let Some(host) = rule.spec.host.value() else { continue };
        let host = host_name(host, rule.object.namespace());
        let HostName::Service { name, namespace } = host else { continue };
        let Some(service) = network.services.get(namespace, name) else { continue };
        if network.mesh.is_patched(service.object)
            || !network.are_together(service.object, rule.object)
            || network.mesh.may_have_entry(host)
        {
            continue;
        }
        let Some((called, port, strict)) = refuses(network, service, None) else { continue };
        let called = &network.workloads.all[called];
        let message =
            format!("tls mode {} for `{name}`, whose pods take mutual TLS alone", mode.value);
        findings.add(
            Diagnostic::error(mode.label(""), message)
                .related(strict.span.label(format!("for `{}` on port {port}", called.title())))
                .help("every call ends with a reset: write `ISTIO_MUTUAL`, or leave `tls` out"),
        );
    }
}

/// Where all calls to the host are told to be without TLS, or with that of somebody else.
fn plaintext<'a>(rule: &Item<'a, DestinationRuleSpec>) -> Option<&'a Spanned<String>> {
    let policy = rule.spec.traffic_policy.value()?;
    // Ports and subsets may say something else.
    if !policy.port_level_settings.is_absent() || rule.spec.workload_selector.span().is_some() {
        return None;
    }
    let own = |subset: &Subset| !subset.traffic_policy.is_absent();
    if rule.spec.subsets.items().iter().any(|subset| subset.value().is_none_or(own)) {
        return None;
    }
    let mode = policy.tls.value()?.mode.known()?;
    (mode.value == "DISABLE").then_some(mode)
}
