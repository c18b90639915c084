//! `netpol-egress-blocks-dns`: see the page.

use std::collections::BTreeMap;

use super::dns_help;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Network;
use crate::model::dns_egress::{DnsVerdict, Isolated};
use crate::model::dns_intent::{tcp_ports, wrong_ports};
use crate::model::enforcement::Software;
use crate::model::host_names::{HostName, NameKind, host_names};
use crate::model::policies::{Direction, Policy};
use crate::model::policy_rules::PeerKind;
use crate::model::workloads::Workload;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-egress-blocks-dns.md"),
    check: Check::Network(check),
};

/// Pods for which the missing rule belongs into the same policy.
struct Blocked<'n, 'a> {
    policies: Vec<&'n Policy<'a>>,
    workloads: Vec<&'n Workload<'a>>,
    own_servers: bool,
    denies_all: bool,
    tcp_is_open: bool,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut by_place: BTreeMap<(u32, u32, u32), Blocked<'_, '_>> = BTreeMap::new();
    for verdict in &network.dns_egress.verdicts {
        if !verdict.reaches.udp.is_no() {
            continue;
        }
        let Some((policies, workloads)) = blocked(network, verdict) else { continue };
        let place = policies[0].rules_span(Direction::Egress);
        let known =
            by_place.entry((place.file.index(), place.start, place.end)).or_insert(Blocked {
                policies: Vec::new(),
                workloads: Vec::new(),
                own_servers: verdict.own_servers,
                denies_all: verdict.denies_all,
                tcp_is_open: !verdict.reaches.tcp.is_no(),
            });
        for policy in policies {
            if known.policies.len() < 5
                && !known.policies.iter().any(|p| p.object.is(policy.object))
            {
                known.policies.push(policy);
            }
        }
        known.workloads.extend(workloads);
    }
    for blocked in by_place.into_values() {
        findings.add(report(network, &blocked));
    }
}

/// The policies and the workloads of a verdict that is a mistake: the first policy is the one
/// where the missing rule belongs.
fn blocked<'n, 'a>(
    network: &'n Network<'a>,
    verdict: &DnsVerdict,
) -> Option<(Vec<&'n Policy<'a>>, Vec<&'n Workload<'a>>)> {
    let mut policies = network.isolating(verdict);
    // Other rules say so where only the protocol or the port is wrong.
    let slipped = |policy: &&Policy<'a>| {
        !wrong_ports(network, policy).is_empty()
            || !verdict.reaches.tcp.is_no() && !tcp_ports(network, policy).is_empty()
    };
    if policies.iter().any(slipped) {
        return None;
    }
    let workloads: Vec<&Workload<'a>> = match &verdict.pods {
        Isolated::Workloads { members, .. } => {
            let members = members.iter().map(|member| &network.workloads.all[*member]);
            // Who is to reach nothing at all may well be meant to.
            members.filter(|w| !verdict.denies_all || asks_for(network, w).is_some()).collect()
        }
        Isolated::SelectedBy(_) if verdict.denies_all => return None,
        Isolated::SelectedBy(_) => Vec::new(),
    };
    if workloads.is_empty() && matches!(verdict.pods, Isolated::Workloads { .. }) {
        return None;
    }
    let home = policies.iter().position(|policy| !policy.egress.rules.is_empty()).unwrap_or(0);
    if policies.is_empty() {
        return None;
    }
    let home = policies.remove(home);
    policies.insert(0, home);
    Some((policies, workloads))
}

fn report(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> Diagnostic {
    let policy = blocked.policies[0];
    let titles: Vec<String> = blocked.workloads.iter().map(|workload| workload.title()).collect();
    let who = match titles.is_empty() {
        true => format!("the pods that `{}` selects", policy.object.name()),
        false => some_of(&titles, "workloads"),
    };
    let over = if blocked.tcp_is_open { " over UDP" } else { "" };
    let message = format!("{who} cannot look up names: no egress rule lets DNS queries out{over}");
    let asked = blocked.workloads.iter().find_map(|workload| asks_for(network, workload));
    let severity = match asked {
        Some(_) if !blocked.denies_all && !goes_by_address(network, blocked) => Severity::Error,
        _ => Severity::Warning,
    };
    let mut help = match blocked.own_servers {
        true => "allow egress to the pods' own `nameservers`, ports 53 UDP and 53 TCP".to_owned(),
        false => dns_help::missing_rule(network),
    };
    if network.enforcement.has(Software::Cilium) && has_blocks(blocked) {
        help += "; with Cilium an `ipBlock` never covers pods";
    }
    let place = policy.rules_span(Direction::Egress).label("");
    let mut diagnostic = Diagnostic::new(severity, place, message).help(help);
    for other in &blocked.policies[1..] {
        let text = format!("`{}` isolates the same pods", other.object.name());
        diagnostic = diagnostic.related(other.rules_span(Direction::Egress).label(text));
    }
    if let Some(name) = asked {
        diagnostic = diagnostic.related(name.span.label(format!("asks for `{}`", name.name)));
    } else if let Some(workload) = blocked.workloads.first() {
        diagnostic = diagnostic.related(workload.object.label("selected"));
    }
    let server = dns_help::evidence(network).filter(|_| !blocked.own_servers);
    let evidence = server.and_then(|server| server.evidence);
    diagnostic.related_all(evidence.map(|span| span.label("DNS is here")))
}

/// A name that a workload must look up.
fn asks_for(network: &Network<'_>, workload: &Workload<'_>) -> Option<HostName> {
    let names = host_names(workload, &network.services);
    names.into_iter().find(|name| name.kind >= NameKind::Server)
}

/// Whether some rule lets pods out by address, and it is a guess which addresses DNS has.
fn goes_by_address(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> bool {
    let known = !network.dns.pod_ranges.is_empty() || network.enforcement.has(Software::Cilium);
    !known && has_blocks(blocked)
}

fn has_blocks(blocked: &Blocked<'_, '_>) -> bool {
    let rules = blocked.policies.iter().flat_map(|policy| &policy.egress.rules);
    let mut peers = rules.flat_map(|rule| rule.peers.iter().flatten());
    peers.any(|peer| matches!(peer.kind, PeerKind::Block(_)))
}
