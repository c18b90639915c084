//! `cni-portmap-capability-missing`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place, Value};
use crate::model::Network;
use crate::model::cni::CniPlugin;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-portmap-capability-missing.md"),
    check: Check::Network(check),
};

const PORTS: &str = "portMappings";

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
            .help("add `\"capabilities\": {\"portMappings\": true}` to the plugin")
            .mend(Mend::risky("tell it of ports", turned_on(plugin, kind.span))),
        );
    }
}

fn turned_on(plugin: &CniPlugin, kind: Span) -> Change {
    let on = || Value::map([(PORTS, true.into())]);
    let Some(capabilities) = plugin.capabilities.known() else {
        return Change::entry(Beside::Behind(kind), "capabilities", on());
    };
    match capabilities.value.get(PORTS).and_then(|off| off.span()) {
        Some(off) => Change::write(off, "false", "true"),
        None => Change::entry(Beside::Inside(capabilities.span), PORTS, true),
    }
}

/// Whether the runtime hands over a pod's `hostPort`s, as far as the file tells.
fn may_get_ports(plugin: &CniPlugin) -> bool {
    let Some(capabilities) = plugin.capabilities.value() else {
        return plugin.capabilities.is_unknown();
    };
    match capabilities.get(PORTS) {
        Some(on) => on.is_unknown() || on.value() == Some(&true),
        None => false,
    }
}
