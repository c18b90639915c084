//! `netpol-kube-system-blocks-dns`: see the page.

use super::dns_help;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::dns_egress::ClosedServer;
use crate::model::policies::Direction;
use crate::model::ports::Protocol;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-kube-system-blocks-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let told: Vec<Object<'_>> =
        network.denies_everywhere().into_iter().map(|policy| policy.object).collect();
    for closed in &network.dns_egress.closed {
        let policies = &closed.cause.policies;
        if !policies.iter().any(|policy| told.iter().any(|other| other.is(*policy))) {
            findings.extend(report(network, closed));
        }
    }
}

/// The finding that a DNS server takes no queries from pods of other namespaces.
fn report(network: &Network<'_>, closed: &ClosedServer<'_>) -> Option<Diagnostic> {
    let server = &network.dns.servers[closed.server];
    let (policy, others) = closed.cause.policies.split_first()?;
    let port = server.reach.port(Protocol::Udp).number;
    let name = policy.name();
    let why = match closed.cause.rule {
        Some(_) => "this rule denies what comes from other namespaces".to_owned(),
        None => format!("no rule lets pods of other namespaces in on UDP {port}"),
    };
    let message = format!("`{name}` closes the DNS of the cluster: {why}");
    let place = match closed.cause.rule {
        Some(rule) => network.action_place(*policy, rule),
        None => network.rules_place(*policy, Direction::Ingress),
    };
    let label = |other: &Object<'_>| {
        network.rules_place(*other, Direction::Ingress).label("selects the pods of DNS, too")
    };
    let evidence = server.evidence.map(|span| span.label("DNS is here"));
    // Who shuts what belongs to all of the cluster may open it elsewhere.
    let severity = match policy.namespace_name() {
        Some(_) => Severity::Error,
        None => Severity::Warning,
    };
    Some(
        Diagnostic::new(severity, place.label(""), message)
            .related_all(others.iter().take(3).map(label))
            .related_all(evidence)
            .help(dns_help::way_in(*policy, port)),
    )
}
