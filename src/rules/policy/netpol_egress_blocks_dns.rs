//! `netpol-egress-blocks-dns`: see the page.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::dns_help;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::dns_egress::{DnsVerdict, Isolated};
use crate::model::dns_intent::{dns_ports, wrong_ports};
use crate::model::enforcement::Software;
use crate::model::host_names::{HostName, NameKind};
use crate::model::policies::{Direction, Policy};
use crate::model::policy_places::Dialect;
use crate::model::policy_rules::PeerKind;
use crate::model::ports::Protocol;
use crate::model::workloads::Workload;
use crate::model::{Network, Object};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-egress-blocks-dns.md"),
    check: Check::Network(check),
};

/// Pods for which the missing rule belongs into the same policy.
struct Blocked<'n, 'a> {
    /// The first is the one where it belongs.
    policies: Vec<Object<'a>>,
    /// The rule that denies.
    rule: Option<Span>,
    workloads: Vec<&'n Workload<'a>>,
    own_servers: bool,
    denies_all: bool,
    tcp_is_open: bool,
    /// Whether policies for all of the cluster may well stand elsewhere: the files show neither the
    /// pods nor more of the cluster.
    is_likely_partial: bool,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let told: Vec<Object<'_>> =
        network.denies_everywhere().into_iter().map(|policy| policy.object).collect();
    let mut by_place: BTreeMap<(u32, u32, u32), Blocked<'_, '_>> = BTreeMap::new();
    for verdict in &network.dns_egress.verdicts {
        if !verdict.reaches.udp.is_no() {
            continue;
        }
        let Some(blocked) = blocked(network, verdict, &told) else { continue };
        let place = place(network, &blocked);
        match by_place.entry((place.file.index(), place.start, place.end)) {
            Entry::Vacant(entry) => {
                entry.insert(blocked);
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                for policy in blocked.policies {
                    if known.policies.len() < 5 && !known.policies.iter().any(|p| p.is(policy)) {
                        known.policies.push(policy);
                    }
                }
                known.workloads.extend(blocked.workloads);
            }
        }
    }
    for blocked in by_place.into_values() {
        findings.add(report(network, &blocked));
    }
}

/// What a verdict that is a mistake is about.
fn blocked<'n, 'a>(
    network: &'n Network<'a>,
    verdict: &DnsVerdict<'a>,
    told: &[Object<'a>],
) -> Option<Blocked<'n, 'a>> {
    // Other rules say so where only the protocol or the port is wrong.
    let slipped = |policy: &&Policy<'a>| {
        !wrong_ports(network, policy).is_empty()
            || !verdict.reaches.tcp.is_no() && !dns_ports(policy, verdict, Protocol::Tcp).is_empty()
    };
    let mut policies = verdict.cause.policies.clone();
    if network.isolating(verdict).iter().any(slipped)
        || policies.iter().any(|policy| told.iter().any(|other| other.is(*policy)))
    {
        return None;
    }
    let workloads: Vec<&Workload<'a>> = match &verdict.pods {
        Isolated::Workloads { members } => {
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
    let has_rules = |policy: &Object<'a>| network.has_rules(*policy, Direction::Egress);
    let home = policies.iter().position(has_rules).unwrap_or(0);
    policies.get(..=home)?;
    policies[..=home].rotate_right(1);
    Some(Blocked {
        policies,
        rule: verdict.cause.rule,
        workloads,
        own_servers: verdict.own_servers,
        denies_all: verdict.denies_all,
        tcp_is_open: !verdict.reaches.tcp.is_no(),
        is_likely_partial: match &verdict.pods {
            Isolated::SelectedBy(policy) => Dialect::of(*policy) != Dialect::NetworkPolicy,
            Isolated::Workloads { .. } => false,
        },
    })
}

fn place(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> Span {
    match blocked.rule {
        Some(rule) => network.action_place(blocked.policies[0], rule),
        None => network.rules_place(blocked.policies[0], Direction::Egress),
    }
}

fn report(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> Diagnostic {
    let policy = blocked.policies[0];
    let titles: Vec<String> = blocked.workloads.iter().map(|workload| workload.title()).collect();
    let who = match titles.is_empty() {
        true => format!("the pods that `{}` selects", policy.name()),
        false => some_of(&titles, "workloads"),
    };
    let over = if blocked.tcp_is_open { " over UDP" } else { "" };
    let message = match blocked.rule {
        None => format!("{who} cannot look up names: no egress rule lets DNS queries out{over}"),
        Some(_) => {
            format!("{who} cannot look up names: `{}` denies DNS queries{over}", policy.name())
        }
    };
    let asked = blocked.workloads.iter().find_map(|workload| asks_for(network, workload));
    let severity = match asked {
        _ if blocked.is_likely_partial => Severity::Info,
        Some(_) if !blocked.denies_all && !goes_by_address(network, blocked) => Severity::Error,
        _ => Severity::Warning,
    };
    let dialect = Dialect::of(policy);
    let mut help = match blocked.own_servers {
        true => "allow egress to the pods' own `nameservers`, ports 53 UDP and 53 TCP".to_owned(),
        false => dns_help::missing_rule(network, dialect),
    };
    let by_identity = network.enforcement.has(Software::Cilium);
    if by_identity && dialect == Dialect::NetworkPolicy && has_blocks(network, blocked) {
        help += "; with Cilium an `ipBlock` never covers pods";
    }
    let mut diagnostic =
        Diagnostic::new(severity, place(network, blocked).label(""), message).help(help);
    for other in &blocked.policies[1..] {
        let text = format!("`{}` isolates the same pods", other.name());
        let place = network.rules_place(*other, Direction::Egress);
        diagnostic = diagnostic.related(place.label(text));
    }
    if let Some(name) = asked {
        diagnostic = diagnostic.related(name.span.label(format!("asks for `{}`", name.name)));
    } else if let Some(workload) = blocked.workloads.first() {
        diagnostic = diagnostic.related(workload.object.label("selected"));
    }
    let server = dns_help::evidence(network).filter(|_| !blocked.own_servers);
    let evidence = server.and_then(|server| server.evidence);
    diagnostic = diagnostic.related_all(evidence.map(|span| span.label("DNS is here")));
    let native = network.policies.of(policy).filter(|_| !blocked.own_servers);
    match native.and_then(|policy| dns_help::mend(network, policy)) {
        Some(mend) => diagnostic.mend(mend),
        None => diagnostic,
    }
}

/// A name that a workload must look up.
fn asks_for<'n, 'a>(network: &'n Network<'a>, workload: &Workload<'_>) -> Option<&'n HostName<'a>> {
    let mut names = network.told_names(workload).own().iter();
    names.find(|name| name.kind >= NameKind::Server)
}

/// Whether some rule lets pods out by address, and it is a guess which addresses DNS has.
fn goes_by_address(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> bool {
    let known = !network.dns.pod_ranges.is_empty() || network.enforcement.has(Software::Cilium);
    !known && has_blocks(network, blocked)
}

fn has_blocks(network: &Network<'_>, blocked: &Blocked<'_, '_>) -> bool {
    let policies = blocked.policies.iter().filter_map(|policy| network.policies.of(*policy));
    let rules = policies.flat_map(|policy| &policy.egress.rules);
    let mut peers = rules.flat_map(|rule| rule.peers.iter().flatten());
    peers.any(|peer| matches!(peer.kind, PeerKind::Block(_)))
}
