//! `kube-proxy-mode-unset`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-mode-unset.md"),
    check: Check::Network(check),
};

/// The first version that warns about it.
const WARNS: (u32, u32) = (1, 37);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_configs {
        let mode = &proxy.spec.mode;
        let is_empty = mode.is_absent() || mode.value().is_some_and(String::is_empty);
        let Some(at) = proxy.version.filter(|at| at.version.minor_version() >= WARNS) else {
            continue;
        };
        if !is_empty || !proxy.spec.winkernel.is_absent() {
            continue;
        }
        let label = match mode.span() {
            Some(span) => span.label(""),
            None => proxy.object.label(""),
        };
        let message = "no mode of kube-proxy is written, and the default is going to change";
        findings.add(
            Diagnostic::info(label, message)
                .related(at.label(at.title()))
                .help("write `mode: iptables`, which it is now, or move to `nftables`"),
        );
    }
}
