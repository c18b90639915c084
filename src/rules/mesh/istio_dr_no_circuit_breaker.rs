//! `istio-dr-no-circuit-breaker`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::mesh::TrafficPolicy;
use crate::model::mesh::hosts::host_name;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-dr-no-circuit-breaker.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for rule in &network.mesh.destination_rules {
        let Some(host) = rule.spec.host.known() else { continue };
        let name = host_name(host, rule.object.namespace());
        let breaks = network.mesh.rules(name).iter().any(|rule| {
            let of_subsets = rule.spec.subsets.items().iter();
            let breaks_for = |field: &Field<_>| match field {
                Field::Absent => false,
                Field::Unknown(_) => true,
                Field::Known(policy) => breaks(&policy.value),
            };
            rule.spec.subsets.is_unknown()
                || breaks_for(&rule.spec.traffic_policy)
                || of_subsets.into_iter().any(|subset| {
                    subset.value().is_none_or(|subset| breaks_for(&subset.traffic_policy))
                })
        });
        if breaks || host.starts_with('*') || network.mesh.has_patched_rule(name) {
            continue;
        }
        let message = format!("no limits and no outlier detection for `{}`", host.value);
        findings.add(
            Diagnostic::info(host.label(""), message)
                .help("by default nothing limits connections, and pods that fail stay in use: set `connectionPool` and `outlierDetection`"),
        );
    }
}

fn breaks(policy: &TrafficPolicy) -> bool {
    !policy.connection_pool.is_absent()
        || !policy.outlier_detection.is_absent()
        || policy.port_level_settings.is_unknown()
        || policy.port_level_settings.items().iter().any(|port| {
            port.value().is_none_or(|port| {
                !port.connection_pool.is_absent() || !port.outlier_detection.is_absent()
            })
        })
}
