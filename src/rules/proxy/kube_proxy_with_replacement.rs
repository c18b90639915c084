//! `kube-proxy-with-replacement`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::replacement::{replacements, running_proxy};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-with-replacement.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(proxy) = running_proxy(network) else { return };
    for replacement in replacements(network) {
        let name = replacement.name;
        let message = format!("kube-proxy runs beside {name}, which replaces it");
        let help = match proxy.object.kind() {
            "DaemonSet" => {
                "remove kube-proxy: both program the addresses of Services on every node"
            }
            _ => "set `kubeProxyMode: none`: both program the addresses of Services on every node",
        };
        findings.add(
            Diagnostic::warning(proxy.span.label(""), message)
                .related(replacement.span.label(format!("{name} replaces kube-proxy")))
                .help(help),
        );
    }
}
