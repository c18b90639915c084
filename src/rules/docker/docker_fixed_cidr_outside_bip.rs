//! `docker-fixed-cidr-outside-bip`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-fixed-cidr-outside-bip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        for fixed in &daemon.fixed {
            let range = fixed.range();
            let of_family = |bridge: &&_| {
                let bridge: &crate::model::docker::Placed<_> = bridge;
                bridge.range().family() == range.family()
            };
            let Some(bridge) = daemon.bridges.iter().find(of_family) else { continue };
            let network = bridge.range();
            if network.contains(range) {
                continue;
            }
            let message = format!(
                "`{}` `{range}` {} the bridge's network `{network}`",
                fixed.key,
                if network.overlaps(range) { "is larger than" } else { "lies outside of" },
            );
            let label = bridge.span.label(format!("`{}`", bridge.key));
            let diagnostic = match network.overlaps(range) {
                // The part becomes all of the network: moby `defaultipam`, `RequestPool`.
                true => Diagnostic::warning(fixed.span.label(""), message)
                    .help("containers get addresses of all of the bridge's network"),
                false => Diagnostic::error(fixed.span.label(""), message).help(
                    "containers get no addresses: choose a part of the bridge's network, or leave \
                     it out",
                ),
            };
            findings.add(diagnostic.related(label));
        }
    }
}
