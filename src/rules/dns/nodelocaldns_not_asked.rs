//! `nodelocaldns-not-asked`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Known;
use crate::model::cluster_dns::is_link_local;
use crate::model::coredns::Role;
use crate::model::enforcement::Software;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/nodelocaldns-not-asked.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let told = &network.addresses.dns;
    let all_written = told.iter().all(|dns| dns.known == Known::Written);
    if told.is_empty() || !all_written || network.enforcement.has(Software::Cilium) {
        return;
    }
    for corefile in network.coredns.corefiles.iter().filter(|it| it.role == Role::NodeLocal) {
        let bound = corefile.bound_addresses();
        let Some((address, word)) = bound.iter().find(|(address, _)| is_link_local(*address))
        else {
            continue;
        };
        let is_bound = |told: std::net::IpAddr| bound.iter().any(|(address, _)| *address == told);
        // Words that are no addresses may turn out to be the one that is asked.
        if corefile.binds_to_unknown() || told.iter().any(|dns| is_bound(dns.address)) {
            continue;
        }
        let asked = &told[0];
        let message =
            format!("no pod asks the cache at `{address}`: kubelets tell them `{}`", asked.address);
        findings.add(
            Diagnostic::warning(asked.span.label(""), message)
                .related(corefile.label(&word.range, "where the cache listens"))
                .help(format!("set `clusterDNS` of every kubelet to `{address}`")),
        );
    }
}
