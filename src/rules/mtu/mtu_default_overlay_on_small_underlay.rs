//! `mtu-default-overlay-on-small-underlay`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::cni::{CniOrigin, CniPlugin};
use crate::model::mtu::Basis;
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

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
            // In a text inside another one, quotes may have to be written otherwise.
            let is_plain = config.config.origin == CniOrigin::File && plugin.mtu.is_absent();
            let place = Span { start: kind.span.end, ..kind.span };
            let insert = Edit { span: place, text: format!(", \"mtu\": {carries}") };
            findings.add(match is_plain {
                true => diagnostic.fix(Fix {
                    title: format!("set it to {carries}"),
                    safety: Safety::Unsafe,
                    edits: vec![insert],
                }),
                false => diagnostic,
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
