//! `netpol-dns-tcp-missing`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::dns_intent::dns_ports;
use crate::model::ports::Protocol;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-dns-tcp-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut told = FxHashSet::default();
    for verdict in &network.dns_egress.verdicts {
        if !verdict.reaches.udp.is_yes() || !verdict.reaches.tcp.is_no() || verdict.own_servers {
            continue;
        }
        let policies = network.isolating(verdict);
        let ports = |policy| dns_ports(policy, verdict, Protocol::Udp);
        let Some(port) = policies.into_iter().flat_map(ports).next() else { continue };
        if told.insert(port.span) {
            let place = port.source.and_then(|source| source.port.span()).unwrap_or(port.span);
            findings.add(
                Diagnostic::info(place.label(""), "DNS is allowed over UDP alone")
                    .help("allow the port for `protocol: TCP`, too: answers that do not fit into a datagram are asked for again over TCP"),
            );
        }
    }
}
