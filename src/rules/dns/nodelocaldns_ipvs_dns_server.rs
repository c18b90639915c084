//! `nodelocaldns-ipvs-dns-server`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{DnsAddress, Known};
use crate::model::cluster_dns::is_link_local;
use crate::model::coredns::Role;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/nodelocaldns-ipvs-dns-server.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let ipvs = network.proxy_modes.iter().find(|mode| mode.mode.value == "ipvs");
    let other = network.proxy_modes.iter().any(|mode| mode.mode.value != "ipvs");
    let Some(ipvs) = ipvs.filter(|_| !other) else { return };
    for corefile in network.coredns.corefiles.iter().filter(|it| it.role == Role::NodeLocal) {
        let bound = corefile.bound_addresses();
        let told: Option<&DnsAddress<'_>> =
            network.addresses.dns.iter().find(|dns| dns.known <= Known::Default);
        let Some(told) = told.filter(|told| !is_link_local(told.address)) else { continue };
        let Some((_, word)) = bound.iter().find(|(address, _)| *address == told.address) else {
            continue;
        };
        let message =
            format!("the cache binds to `{}`, which IPVS has on every node", told.address);
        findings.add(
            Diagnostic::warning(corefile.label(&word.range, ""), message)
                .related(ipvs.mode.label("mode `ipvs`"))
                .related(told.span.label("what pods are told to ask"))
                .help("bind to `169.254.20.10` alone, and set `clusterDNS` of the kubelets to it"),
        );
    }
}
