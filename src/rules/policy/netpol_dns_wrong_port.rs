//! `netpol-dns-wrong-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cluster_dns::ServerKind;
use crate::model::dns_intent::wrong_ports;
use crate::model::policy_rules::PortRule;
use crate::model::ports::Protocol;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-dns-wrong-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in &network.policies.all {
        let wrong = wrong_ports(network, policy);
        let Some(first) = wrong.first() else { continue };
        let pods = match first.server.kind {
            ServerKind::OpenShift => "the DNS pods of OpenShift listen",
            _ => "the pods of DNS listen",
        };
        let port = first.server.reach.port(Protocol::Udp).number;
        let written = first.written;
        let message = match written {
            53 => format!("53 is the port of the DNS Service; {pods} on {port}"),
            _ => format!("{pods} on {port}, not on {written}"),
        };
        let span = |port: &PortRule<'_>| {
            port.source.and_then(|source| source.port.span()).unwrap_or(port.span)
        };
        let others = wrong[1..].iter().map(|other| span(other.port).label("here, too"));
        let mut diagnostic = Diagnostic::warning(span(first.port).label(""), message)
            .related_all(others)
            .help(format!("write `port: {port}`: policies see the port of the pod, not that of the Service in front of it"));
        if let Some(evidence) = first.server.evidence {
            diagnostic = diagnostic.related(evidence.label("DNS is here"));
        }
        findings.add(diagnostic);
    }
}
