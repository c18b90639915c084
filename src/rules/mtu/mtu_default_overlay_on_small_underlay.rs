//! `mtu-default-overlay-on-small-underlay`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place};
use crate::model::cni::CniPlugin;
use crate::model::mtu::Basis;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-default-overlay-on-small-underlay.md"),
    check: Check::Network(check),
};

/// What Linux gives to new Ethernet devices, `ETH_DATA_LEN`.
const DEFAULT: i64 = 1500;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(underlay) = &network.mtu.underlay else { return };
    let carries = underlay.bytes.value;
    // What a cloud's networks carry by default is no reason to tell everybody.
    if carries >= DEFAULT || matches!(underlay.basis, Basis::Cloud(_)) {
        return;
    }
    for config in network.cni.readable().filter(|config| config.is_loaded()) {
        for plugin in config.plugins() {
            let Some(kind) = without_mtu(plugin) else { continue };
            let message = format!(
                "`{}` without `mtu` makes interfaces of {DEFAULT} bytes, and the nodes' network \
                 takes {carries}",
                **kind
            );
            let diagnostic = Diagnostic::warning(kind.label(""), message)
                .related(underlay.bytes.label("the network between the nodes"))
                .help(format!("add `\"mtu\": {carries}`"));
            let add = |change| Mend::risky(format!("set it to {carries}"), change);
            findings.add(match &plugin.mtu {
                Field::Known(zero) => {
                    let change = Change::write(zero.span, "0", carries.to_string());
                    diagnostic.mend(add(change))
                }
                Field::Absent => {
                    let beside = Beside::Behind(kind.span);
                    diagnostic.mend(add(Change::entry(beside, "mtu", carries)))
                }
                Field::Unknown(_) => diagnostic,
            });
        }
    }
}

/// Those that make their own interface; others take the MTU of the one that they build on.
fn without_mtu(plugin: &CniPlugin) -> Option<&Spanned<String>> {
    let kind = plugin.kind.known()?;
    let makes = matches!(kind.as_str(), "bridge" | "ptp");
    let unset = plugin.mtu.is_absent() || plugin.mtu.value() == Some(&0);
    (makes && unset).then_some(kind)
}
