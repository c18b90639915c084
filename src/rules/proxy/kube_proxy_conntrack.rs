//! `kube-proxy-conntrack`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-conntrack.md"),
    check: Check::Network(check),
};

/// `pkg/proxy/apis/config/v1alpha1/defaults.go`.
const DEFAULT_PER_CORE: i64 = 32_768;
const DEFAULT_MIN: i64 = 131_072;

/// Of the node that the numbers are told for; with it, both defaults are the same.
const CORES: i64 = 4;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_configs {
        let Some(conntrack) = proxy.spec.conntrack.value() else { continue };
        let (per_core, min) = (&conntrack.max_per_core, &conntrack.min);
        if per_core.is_unknown() || min.is_unknown() {
            continue;
        }
        let Some(written) = per_core.known().or(min.known()) else { continue };
        let of_core = per_core.value().copied().unwrap_or(DEFAULT_PER_CORE);
        if of_core == 0 {
            let message = "kube-proxy leaves the limit of tracked connections to the kernel";
            findings.add(
                Diagnostic::info(written.span.label(""), message)
                    .help("leave `maxPerCore` out, and it is 32768 for each core"),
            );
            continue;
        }
        let min = min.value().copied().unwrap_or(DEFAULT_MIN);
        let limit = of_core.saturating_mul(CORES).max(min);
        if of_core < 0 || min < 0 || limit >= DEFAULT_MIN {
            continue;
        }
        let message = format!(
            "a node with {CORES} cores tracks {limit} connections, and {DEFAULT_MIN} by default"
        );
        let other = conntrack.min.known().filter(|min| min.span != written.span);
        findings.add(
            Diagnostic::info(written.span.label(""), message)
                .related_all(other.map(|min| min.label("the least for a node")))
                .help("when the table is full, the kernel drops new connections"),
        );
    }
}
