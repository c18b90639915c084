//! `pod-service-cidr-overlap`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::addresses::group::{Collision, collisions};
use crate::model::addresses::{AddressRange, Known};
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/pod-service-cidr-overlap.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    for collision in collisions(&plan.pod_ranges(), &plan.service_ranges()) {
        findings.add(diagnostic(network, &collision));
    }
}

fn diagnostic(network: &Network<'_>, collision: &Collision<'_, '_>) -> Diagnostic {
    let (pods, services) = (collision.left[0], collision.right[0]);
    let facts = pods.is_fact() && services.is_fact();
    let severity = if facts { Severity::Error } else { Severity::Info };
    let relation = pods.range.relation(services.range);
    let message = format!("{} {relation} the {}", pods.title(), services.title());
    // Somewhere a value must be written: of two defaults, either place will do.
    let (primary, other): (&AddressRange<'_>, _) = match pods.known {
        Known::Written => (pods, services),
        _ => (services, pods),
    };
    Diagnostic::new(severity, primary.span.label(""), message)
        .related(other.label())
        .related_all(also(&collision.left[1..]))
        .related_all(also(&collision.right[1..]))
        .help(help(network, pods))
}

fn help(network: &Network<'_>, pods: &AddressRange<'_>) -> String {
    let free = network.addresses.free.for_pods(network.capacity.needed(pods.range));
    match free {
        Some(free) => format!("give pods or Services another range: `{free}` is free here"),
        None => "give pods or Services another range".to_owned(),
    }
}
