//! `kube-proxy-ipvs-deprecated`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::tables::tables;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-ipvs-deprecated.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let feature = tables().feature("kube-proxy-ipvs");
    let Some(deprecated) = feature.and_then(|feature| feature.deprecated) else { return };
    for mode in network.proxy_modes.iter().filter(|mode| *mode.mode == "ipvs") {
        let version = mode.version;
        let affected =
            version.filter(|at| at.version.minor_version() >= deprecated.minor_version());
        let place = mode.mode.label("");
        let diagnostic = match affected {
            Some(at) => {
                let message = format!("mode `ipvs` is deprecated since Kubernetes {deprecated}");
                Diagnostic::warning(place, message).related(at.label(at.title()))
            }
            None => {
                let message = format!("mode `ipvs` is deprecated from Kubernetes {deprecated} on");
                Diagnostic::info(place, message)
            }
        };
        findings.add(diagnostic.help("`nftables` takes its place, and is stable since 1.33"));
    }
}
