//! `kube-proxy-mode-removed`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-mode-removed.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let feature = tables().feature("kube-proxy-userspace");
    let Some(removed) = feature.and_then(|feature| feature.removed) else { return };
    for mode in network.proxy_modes.iter().filter(|mode| *mode.mode == "userspace") {
        let message = format!("kube-proxy has no mode `userspace` since Kubernetes {removed}");
        let diagnostic = match mode.version {
            Some(at) if at.version.minor_version() < removed.minor_version() => continue,
            Some(at) => {
                Diagnostic::error(mode.mode.label(""), message).related(at.label(at.title()))
            }
            None => Diagnostic::warning(mode.mode.label(""), message),
        };
        findings.add(diagnostic.help("use `nftables` from 1.33 on, or `iptables`"));
    }
}
