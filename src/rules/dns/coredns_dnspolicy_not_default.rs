//! `coredns-dnspolicy-not-default`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, Server, Word};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-dnspolicy-not-default.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        let Some(corefile) = network.coredns.corefile_of(server) else { continue };
        let Some(word) = forwards_to_resolv_conf(corefile) else { continue };
        let Some(policy) = own_policy(server) else { continue };
        let message = format!(
            "with `dnsPolicy: {policy}`, the resolver in the pod of CoreDNS is CoreDNS itself"
        );
        let written = server.pod().dns_policy.known();
        let label = match written {
            Some(policy) => policy.label(""),
            None => server.object.label("without `dnsPolicy`, it is `ClusterFirst`"),
        };
        let mut diagnostic = Diagnostic::warning(label, message)
            .related(corefile.label(&word.range, "forwards to the resolver in the pod"))
            .help("set `dnsPolicy: Default`, so that it is that of the node");
        let change = match written {
            Some(policy) => Some(Change::write(policy.span, &*policy.value, "Default")),
            None => server.workload.pod_entry("dnsPolicy", "Default"),
        };
        if let Some(change) = change {
            diagnostic = diagnostic.mend(Mend::safe("use the resolvers of the node", change));
        }
        findings.add(diagnostic);
    }
}

fn forwards_to_resolv_conf<'a>(corefile: &Corefile<'a>) -> Option<&'a Word> {
    let words = corefile.named("forward").flat_map(|(_, forward)| forward.args.iter().skip(1));
    words.into_iter().find(|word| word.text == "/etc/resolv.conf")
}

/// The policy, when it leads to the DNS of the cluster. On the network of a node, `ClusterFirst`
/// is the DNS of the node.
fn own_policy<'a>(server: &Server<'a>) -> Option<&'a str> {
    let policy = &server.pod().dns_policy;
    let on_host = !server.host_network.is_no();
    match policy.value().map(String::as_str) {
        None if policy.is_absent() && !on_host => Some("ClusterFirst"),
        Some("ClusterFirst") if !on_host => Some("ClusterFirst"),
        Some("ClusterFirstWithHostNet") => Some("ClusterFirstWithHostNet"),
        _ => None,
    }
}
