//! `kube-proxy-nftables-too-old`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::proxy::ProxyMode;
use crate::model::tables::{Feature, tables};
use crate::model::version::KubernetesVersion;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-nftables-too-old.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(feature) = tables().feature("kube-proxy-nftables") else { return };
    for mode in network.proxy_modes.iter().filter(|mode| *mode.mode == "nftables") {
        let Some(at) = mode.version else { continue };
        let Some(diagnostic) = too_old(mode, at.version.without_patch(), feature) else { continue };
        findings.add(diagnostic.related(at.label(at.title())));
    }
}

fn too_old(
    mode: &ProxyMode<'_>,
    version: KubernetesVersion,
    feature: &Feature,
) -> Option<Diagnostic> {
    let is_before = |stage: KubernetesVersion| version.minor_version() < stage.minor_version();
    let (alpha, beta, stable) = (feature.alpha?, feature.beta?, feature.stable?);
    let place = mode.mode.label("");
    if is_before(alpha) {
        let message = format!("kube-proxy {version} has no mode `nftables`, which came in {alpha}");
        let help = "use `iptables` until the cluster is newer";
        return Some(Diagnostic::error(place, message).help(help));
    }
    let message = if is_before(beta) && mode.nftables_gate != Some(true) {
        format!("kube-proxy {version} has mode `nftables` only with a feature gate")
    } else if is_before(beta) {
        format!("mode `nftables` is alpha in kube-proxy {version}")
    } else if is_before(stable) {
        format!("mode `nftables` is beta in kube-proxy {version}")
    } else {
        return None;
    };
    let help = match mode.nftables_gate {
        None if is_before(beta) => {
            format!("set the feature gate `NFTablesProxyMode`; the mode is stable from {stable} on")
        }
        _ => format!("it is stable from {stable} on"),
    };
    Some(Diagnostic::warning(place, message).help(help))
}
