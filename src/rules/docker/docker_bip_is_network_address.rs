//! `docker-bip-is-network-address`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-bip-is-network-address.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for bridge in network.docker.readable().flat_map(|daemon| &daemon.bridges) {
        let cidr = bridge.value;
        let family = Family::of(cidr.address);
        // A network of two addresses has neither a network address nor a broadcast address.
        if cidr.prefix + 1 >= family.bits() {
            continue;
        }
        let range = bridge.range();
        let kind = match () {
            () if cidr.address == range.first() && family == Family::V6 => {
                "the address of all routers of"
            }
            () if cidr.address == range.first() => "the address of the network",
            () if cidr.address == range.last() && family == Family::V4 => {
                "the broadcast address of"
            }
            () => continue,
        };
        let message = format!(
            "`{}` gives the bridge {}, which is {kind} `{range}`",
            bridge.key, cidr.address
        );
        let diagnostic = Diagnostic::error(bridge.span.label(""), message);
        findings.add(match range.nth(1) {
            Some(first) => diagnostic
                .help(format!(
                    "give it an address inside, such as `{}`",
                    written(first, cidr.prefix)
                ))
                .fix(Fix {
                    title: format!("write `{}`", written(first, cidr.prefix)),
                    safety: Safety::Safe,
                    edits: vec![Edit { span: bridge.span, text: written(first, cidr.prefix) }],
                }),
            None => diagnostic,
        });
    }
}

fn written(address: IpAddr, prefix: u8) -> String {
    format!("{address}/{prefix}")
}
