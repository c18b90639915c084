//! `kube-proxy-unused-field`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-unused-field.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for proxy in &network.proxy_configs {
        if let Some(range) = proxy.spec.port_range.known().filter(|range| !range.is_empty()) {
            findings.add(
                Diagnostic::info(range.label(""), "`portRange` has no effect since 1.26")
                    .help("delete it: node ports come from the API server's range"),
            );
        }
        let mode = &proxy.spec.detect_local_mode;
        let Some(detect) = proxy.spec.detect_local.value().filter(|_| !mode.is_unknown()) else {
            continue;
        };
        let fields = [
            (&detect.bridge_interface, "bridgeInterface", "BridgeInterface"),
            (&detect.interface_name_prefix, "interfaceNamePrefix", "InterfaceNamePrefix"),
        ];
        for (field, name, needed) in fields {
            let Some(text) = field.known().filter(|text| !text.is_empty()) else { continue };
            if mode.value().is_some_and(|mode| mode == needed) {
                continue;
            }
            let message = format!("`{name}` has no effect without `detectLocalMode: {needed}`");
            findings.add(
                Diagnostic::info(text.label(""), message)
                    .related_all(mode.span().map(|span| span.label("another mode")))
                    .help("set the mode, or delete this"),
            );
        }
    }
}
