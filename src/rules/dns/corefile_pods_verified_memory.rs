//! `corefile-pods-verified-memory`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::quantity::Quantity;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-pods-verified-memory.md"),
    check: Check::Network(check),
};

/// The limit of kubeadm, 170Mi, is made for a CoreDNS that does not watch pods.
const DEFAULT_LIMIT: u64 = 170 * 1024 * 1024;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        let Some(corefile) = network.coredns.corefile_of(server) else { continue };
        let Some(word) = corefile.watches_all_pods() else { continue };
        let Some(limit) = server.limit("memory") else { continue };
        let Some(bytes) = Quantity::parse(limit).map(Quantity::bytes) else { continue };
        if bytes > DEFAULT_LIMIT {
            continue;
        }
        // (bytes - 56 MB) * 250 / 1 MB
        let enough_for = bytes.saturating_sub(56_000_000) / 4_000;
        // Of a limit that is too low already, `coredns-memory-limit` speaks.
        if enough_for < network.pods_and_services() {
            continue;
        }
        findings.add(
            Diagnostic::info(
                corefile.label(&word.range, ""),
                format!("`{}` makes CoreDNS watch every pod", word.text),
            )
            .related(limit.label(format!("enough for {enough_for} pods and Services")))
            .help("CoreDNS estimates (pods + Services) / 250 + 56 MB"),
        );
    }
}
