//! `flannel-ipv6-config`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::flannel::Config;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/flannel-ipv6-config.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in &network.flannel.configs {
        findings.extend(halves(config));
        findings.extend(backend(config));
    }
}

/// The switch without the range, or the range without the switch.
fn halves(config: &Config<'_>) -> Option<Diagnostic> {
    let (switch, range) = (&config.config.enable_ipv6, &config.config.ipv6_network);
    let is_unset = |range: &Field<String>| match range {
        Field::Absent => true,
        Field::Known(text) => text.trim().is_empty(),
        Field::Unknown(_) => false,
    };
    match (switch, range) {
        (Field::Known(on), range) if on.value && is_unset(range) => Some(
            Diagnostic::error(on.span.label(""), "IPv6 is on, and there is no `IPv6Network`")
                .help("write the IPv6 range of the cluster's pods as `IPv6Network`, or leave `EnableIPv6` out"),
        ),
        (Field::Absent, Field::Known(range)) if !range.trim().is_empty() => Some(
            Diagnostic::warning(range.label(""), "`IPv6Network` has no effect: IPv6 is off")
                .help("add `\"EnableIPv6\": true`"),
        ),
        (Field::Known(on), Field::Known(range)) if !on.value && !range.trim().is_empty() => Some(
            Diagnostic::warning(range.label(""), "`IPv6Network` has no effect: IPv6 is off")
                .related(on.label("off"))
                .help("set `EnableIPv6` to true, or leave `IPv6Network` out"),
        ),
        _ => None,
    }
}

fn backend(config: &Config<'_>) -> Option<Diagnostic> {
    let on = config.config.enable_ipv6.known().filter(|on| on.value)?;
    if config.backend()?.has_ipv6() != Some(false) {
        return None;
    }
    let kind = config.backend_type();
    let name = kind.map_or("udp", |kind| kind.value.as_str());
    let place = kind.map_or(on.span, |kind| kind.span);
    let message = format!("backend `{name}` does not carry IPv6, which is on");
    let related = kind.map(|_| on.label("IPv6"));
    Some(
        Diagnostic::error(place.label(""), message)
            .related_all(related)
            .help("use `vxlan`, `host-gw` or `wireguard`"),
    )
}
