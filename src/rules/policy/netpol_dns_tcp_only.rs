//! `netpol-dns-tcp-only`: see the page.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place, Severity, Value};
use crate::model::Network;
use crate::model::dns_egress::{DnsVerdict, Isolated};
use crate::model::dns_intent::dns_ports;
use crate::model::policy_rules::{PortMatch, PortRule};
use crate::model::ports::Protocol;
use crate::model::workloads::NamedValue;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-dns-tcp-only.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut told = FxHashSet::default();
    for verdict in &network.dns_egress.verdicts {
        let only_tcp = verdict.reaches.udp.is_no() && !verdict.reaches.tcp.is_no();
        if !only_tcp || asks_over_tcp(network, verdict) {
            continue;
        }
        for policy in network.isolating(verdict) {
            for port in dns_ports(policy, verdict, Protocol::Tcp) {
                if told.insert(port.span) {
                    findings.extend(report(port));
                }
            }
        }
    }
}

fn report(port: &PortRule<'_>) -> Option<Diagnostic> {
    let source = port.source?;
    let PortMatch::Range(number, _) = port.port else { return None };
    let span = source.port.span()?;
    let unwritten = source.protocol.is_absent();
    let (severity, message) = match unwritten {
        true => (
            Severity::Error,
            "DNS is allowed over TCP alone, which is what a port without `protocol` means",
        ),
        false => (Severity::Warning, "DNS is allowed over TCP alone"),
    };
    let place = source.protocol.span().unwrap_or(span);
    let mut diagnostic = Diagnostic::new(severity, place.label(""), message)
        .help("allow the port for `protocol: UDP`, too: that is what resolvers ask over first");
    if unwritten {
        let entries = [("protocol", "UDP".into()), ("port", i64::from(number).into())];
        let change = Change::Item { beside: Beside::Before(span), value: Value::map(entries) };
        diagnostic = diagnostic.mend(Mend::safe("allow the port for UDP, too", change));
    }
    Some(diagnostic)
}

/// Whether the resolvers of the pods are told to use TCP.
fn asks_over_tcp(network: &Network<'_>, verdict: &DnsVerdict<'_>) -> bool {
    let Isolated::Workloads { members } = &verdict.pods else { return false };
    members.iter().any(|member| {
        let config = network.workloads.all[*member].spec.pod.dns_config.value();
        let options = config.map_or(&[][..], |config| config.options.items());
        let named = |option: &NamedValue| option.name.value().is_some_and(|name| name == "use-vc");
        options.iter().filter_map(|option| option.value()).any(named)
    })
}
