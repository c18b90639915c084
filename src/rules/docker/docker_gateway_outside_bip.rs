//! `docker-gateway-outside-bip`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Family;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-gateway-outside-bip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        for gateway in &daemon.gateways {
            let family = Family::of(gateway.value);
            // Without `bip6` the network of IPv6 is the one that containers get addresses of.
            let networks = daemon.bridges.iter().chain(&daemon.fixed);
            let Some(bridge) = networks.into_iter().find(|it| it.range().family() == family) else {
                continue;
            };
            let stands_alone = bridge.key == "fixed-cidr";
            if stands_alone || bridge.range().contains_address(gateway.value) {
                continue;
            }
            let message = format!(
                "`{}` {} lies outside of the bridge's network `{}`",
                gateway.key,
                gateway.value,
                bridge.range()
            );
            findings.add(
                Diagnostic::error(gateway.span.label(""), message)
                    .related(bridge.span.label(format!("`{}`", bridge.key)))
                    .help(
                        "containers reach a gateway only in their own network, and dockerd does \
                         not start with another one",
                    ),
            );
        }
    }
}
