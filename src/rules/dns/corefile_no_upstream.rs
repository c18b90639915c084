//! `corefile-no-upstream`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::coredns::plugins;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-no-upstream.md"),
    check: Check::Network(check),
};

/// Plugins that may answer for names outside of the cluster.
const ANSWER: [&str; 8] =
    ["forward", "grpc", "proxy", "secondary", "auto", "file", "template", "route53"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        let answers = corefile.directives().any(|(_, directive)| {
            let name = directive.name.text.as_str();
            ANSWER.contains(&name) || !plugins::is_known(name)
        });
        if answers || !corefile.has("kubernetes") {
            continue;
        }
        findings.add(
            Diagnostic::info(
                corefile.place().label(""),
                "no server block forwards queries for names outside of the cluster",
            )
            .help("add `forward . /etc/resolv.conf`, unless that is the intention"),
        );
    }
}
