//! `mtu-outer-set-to-inner-value`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mtu::{Basis, Meaning, Mtu};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-outer-set-to-inner-value.md"),
    check: Check::Network(check),
};

/// What is left of 1500 and of 1460 bytes when a header is taken off: 100, 90, 80, 70, 60, 50, 20.
const LEFT_OVER: [i64; 7] = [1400, 1410, 1420, 1430, 1440, 1450, 1480];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.mtu;
    for value in &plan.values {
        let is_inner = value.source.meaning == Meaning::Outer && LEFT_OVER.contains(&value.bytes);
        let Some(tunnel) = plan.widest_tunnel(value.source.owner).filter(|_| is_inner) else {
            continue;
        };
        if is_right(network, value) {
            continue;
        }
        let (field, bytes) = (value.source.field, value.bytes);
        let message = format!(
            "`{field}` is that of the nodes' network: pods get {bytes} - {} for {} = {}",
            tunnel.overhead,
            tunnel.encapsulation.name(),
            bytes - tunnel.overhead
        );
        let owner = value.source.owner.name();
        findings.add(
            Diagnostic::info(value.span.label(""), message)
                .related(tunnel.span.label(tunnel.why))
                .help(format!(
                    "leave it out, unless the nodes' network takes {bytes} and no more: {owner} \
                     takes the header off itself"
                )),
        );
    }
}

/// Some networks do carry such sizes: those of clouds that are tunnels themselves.
fn is_right(network: &Network<'_>, value: &Mtu<'_>) -> bool {
    network.mtu.underlay.as_ref().is_some_and(|underlay| match underlay.basis {
        Basis::Configured | Basis::Host(_) => underlay.bytes.value <= value.bytes,
        Basis::Cloud(_) => false,
    })
}
