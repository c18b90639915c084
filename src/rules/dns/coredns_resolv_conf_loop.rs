//! `coredns-resolv-conf-loop`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place, Severity};
use crate::model::Network;
use crate::model::hosts::HostFormat;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-resolv-conf-loop.md"),
    check: Check::Network(check),
};

/// The file with the address of systemd's resolver, and that with the addresses behind it.
const STUB: &str = "/run/systemd/resolve/stub-resolv.conf";
const REAL: &str = "/run/systemd/resolve/resolv.conf";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let coredns = &network.coredns;
    let forwards = coredns.corefiles.iter().find_map(|corefile| {
        let is_cluster = corefile.role == crate::model::coredns::Role::Cluster;
        // A CoreDNS on the network of its node reaches the resolver there.
        let on_host = coredns.users(corefile).any(|server| !server.host_network.is_no());
        let words = corefile.named("forward").flat_map(|(_, forward)| forward.args.iter().skip(1));
        let mut words = words.filter(|word| word.text == "/etc/resolv.conf");
        let word = words.next().filter(|_| is_cluster && !on_host)?;
        Some(corefile.label(&word.range, "forwards to the resolver that the kubelet names"))
    });
    let Some(forwards) = forwards else { return };
    let mut interfaces = network.hosts.hosts.iter().flat_map(|host| &host.interfaces);
    let netplan = interfaces.find(|nic| nic.format == HostFormat::Netplan);
    for file in network.kubelet_resolvers() {
        let (severity, message) = match (file.as_str(), netplan) {
            ("/etc/resolv.conf", None) => continue,
            ("/etc/resolv.conf", Some(_)) => (
                Severity::Warning,
                "with systemd-resolved, this file names 127.0.0.53, which is CoreDNS in its pod",
            ),
            (STUB, _) => {
                (Severity::Error, "this file names 127.0.0.53, which is CoreDNS in its own pod")
            }
            ("", _) => (Severity::Error, "without a resolver of the node, CoreDNS does not start"),
            _ => continue,
        };
        let host = netplan.filter(|_| severity == Severity::Warning);
        let help = format!("write `{REAL}`, or name the resolvers in the Corefile");
        findings.add(
            Diagnostic::new(severity, file.label(""), message)
                .related(forwards.clone())
                .related_all(host.map(|nic| nic.span.label("Netplan sets up systemd-resolved")))
                .help(help)
                .mend(Mend::risky(
                    "name the resolvers behind that of systemd",
                    Change::write(file.span, &*file.value, REAL),
                )),
        );
    }
}
