//! `kube-proxy-local-node-ports`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-local-node-ports.md"),
    check: Check::Network(check),
};

/// The first version in which there is a way to have them.
const POSSIBLE: (u32, u32) = (1, 37);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_configs {
        let Some(mode) = proxy.spec.mode.known().filter(|mode| mode.value == "nftables") else {
            continue;
        };
        if proxy.version.is_some_and(|at| at.version.minor_version() >= POSSIBLE) {
            continue;
        }
        let ranges = proxy.spec.node_port_addresses.items();
        let is_local = |range: &Field<String>| range.value().is_some_and(|text| is_loopback(text));
        let Some(first) = ranges.first().and_then(Field::known) else { continue };
        if !ranges.iter().all(is_local) {
            continue;
        }
        let message = format!("no node port answers: `nftables` does not serve `{}`", first.value);
        findings.add(
            Diagnostic::warning(first.label(""), message)
                .related(mode.label("the mode"))
                .help("add a range of the nodes, or use `iptables`"),
        );
    }
}

fn is_loopback(range: &str) -> bool {
    let address = range.split('/').next().and_then(|text| text.parse::<IpAddr>().ok());
    address.is_some_and(|address| address.is_loopback())
}
