//! `metallb-ipvs-strictarp`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/metallb-ipvs-strictarp.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some((balancer, announced)) = network.addresses.layer2() else { return };
    let name = balancer.name();
    for proxy in network.proxy_modes.iter().filter(|proxy| proxy.mode.value == "ipvs") {
        if proxy.strict_arp.is_unknown() || proxy.strict_arp.value() == Some(&true) {
            continue;
        }
        let (span, message) = match proxy.strict_arp.known() {
            Some(off) => (off.span, format!("every node answers ARP for the addresses of {name}")),
            None => (
                proxy.mode.span,
                format!(
                    "every node answers ARP for the addresses of {name}: `strictARP` is not set"
                ),
            ),
        };
        findings.add(
            Diagnostic::error(span.label(""), message)
                .related(announced.label(format!("{name} answers ARP from one node")))
                .help("set `ipvs.strictARP: true` in the configuration of kube-proxy (`--ipvs-strict-arp`)"),
        );
    }
}
