//! `netpol-kube-system-blocks-dns`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cluster_dns::{DnsServer, Reach};
use crate::model::dns_reach::is_whole_family;
use crate::model::enforcement::Software;
use crate::model::labels::Answer;
use crate::model::policies::{Direction, Policy};
use crate::model::policy_rules::{Peer, PeerKind, Rule as PolicyRule};
use crate::model::ports::Protocol;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-kube-system-blocks-dns.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.dns.servers.iter().filter(|server| server.certain) {
        findings.extend(closed(network, server));
    }
}

/// The finding that a DNS server takes no queries from pods of other namespaces.
fn closed(network: &Network<'_>, server: &DnsServer<'_>) -> Option<Diagnostic> {
    let Reach::Pods { namespace, labels, .. } = &server.reach else { return None };
    if network.policies.others_concern(namespace) {
        return None;
    }
    let policies = network.policies.in_namespace(namespace).iter();
    let policies = policies.map(|policy| &network.policies.all[*policy]);
    let isolating: Vec<(&Policy<'_>, Answer)> = policies
        .map(|policy| (policy, policy.selector.matches(labels).and(policy.ingress.isolates)))
        .filter(|(_, answer)| !answer.is_no())
        .collect();
    let (policy, _) = isolating.iter().find(|(_, answer)| answer.is_yes())?;
    let port = server.reach.port(Protocol::Udp);
    let opens = |rule: &PolicyRule<'_>| {
        !rule.covers_port(Protocol::Udp, port.number, port.name).is_no()
            && rule
                .peers
                .as_ref()
                .is_none_or(|peers| peers.iter().any(|p| lets_others_in(network, p)))
    };
    let open = isolating
        .iter()
        .any(|(policy, _)| policy.ingress.partly_unknown || policy.ingress.rules.iter().any(opens));
    if open {
        return None;
    }
    let name = policy.object.name();
    let message = format!(
        "`{name}` closes the DNS of the cluster: no rule lets pods of other namespaces in on UDP {}",
        port.number
    );
    let others = isolating.iter().filter(|(other, _)| !other.object.is(policy.object));
    let others = others.map(|(other, _)| {
        other.rules_span(Direction::Ingress).label("selects the pods of DNS, too")
    });
    let evidence = server.evidence.map(|span| span.label("DNS is here"));
    Some(
        Diagnostic::error(policy.rules_span(Direction::Ingress).label(""), message)
            .related_all(others.take(3))
            .related_all(evidence)
            .help(format!("add an ingress rule with `from: [{{namespaceSelector: {{}}}}]` and the ports {} UDP and TCP", port.number)),
    )
}

/// Whether a peer lets in pods of other namespaces, at least some.
fn lets_others_in(network: &Network<'_>, peer: &Peer<'_>) -> bool {
    match &peer.kind {
        PeerKind::Pods { namespaces, .. } => namespaces.is_some(),
        PeerKind::Block(block) => {
            !network.enforcement.has(Software::Cilium) || !is_whole_family(block.range)
        }
        PeerKind::Unknown => true,
    }
}
