//! `cni-portmap-capability-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::CniPlugin;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-portmap-capability-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for plugin in network.cni.readable().flat_map(|config| config.plugins()) {
        let Some(kind) = plugin.kind.known().filter(|kind| kind.value == "portmap") else {
            continue;
        };
        if may_get_ports(plugin) {
            continue;
        }
        let span = plugin.capabilities.span().unwrap_or(kind.span);
        findings.add(
            Diagnostic::warning(
                span.label(""),
                "`portmap` is not told of ports: its capability `portMappings` is off",
            )
            .help("add `\"capabilities\": {\"portMappings\": true}` to the plugin"),
        );
    }
}

/// Whether the runtime hands over a pod's `hostPort`s, as far as the file tells.
fn may_get_ports(plugin: &CniPlugin) -> bool {
    let Some(capabilities) = plugin.capabilities.value() else {
        return plugin.capabilities.is_unknown();
    };
    match capabilities.get("portMappings") {
        Some(on) => on.is_unknown() || on.value() == Some(&true),
        None => false,
    }
}
