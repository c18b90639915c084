//! `cni-bridge-options-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::{CniPlugin, VlanTrunk};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-bridge-options-conflict.md"),
    check: Check::Network(check),
};

/// `IFNAMSIZ` of Linux, less the byte at the end.
const MAX_NAME: usize = 15;
/// Of VLANs; 4095 is reserved (IEEE 802.1Q).
const MAX_VLAN: i64 = 4094;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for plugin in network.cni.readable().flat_map(|config| config.plugins()) {
        if plugin.kind.value().is_none_or(|kind| kind != "bridge") {
            continue;
        }
        modes(plugin, findings);
        vlans(plugin, findings);
        name(plugin, findings);
    }
}

/// Options of which one at most may be set.
fn modes(plugin: &CniPlugin, findings: &mut Findings<'_>) {
    let (hairpin, promiscuous) = (plugin.hairpin_mode.known(), plugin.promisc_mode.known());
    if let (Some(hairpin), Some(promiscuous)) = (hairpin, promiscuous)
        && hairpin.value
        && promiscuous.value
    {
        findings.add(
            Diagnostic::error(
                promiscuous.label(""),
                "`promiscMode` and `hairpinMode` exclude each other",
            )
            .related(hairpin.label("hairpin mode is on"))
            .help("turn one of them off; either lets a pod reach itself through a Service"),
        );
    }
    let disabled = plugin.disable_container_interface.known().filter(|disabled| disabled.value);
    let ipam =
        plugin.ipam.known().filter(|ipam| ipam.kind.value().is_some_and(|kind| !kind.is_empty()));
    if let (Some(disabled), Some(ipam)) = (disabled, ipam) {
        let kind = ipam.kind.span().unwrap_or(ipam.span);
        findings.add(
            Diagnostic::error(
                disabled.label(""),
                "an interface that stays down cannot have the address that `ipam` gives it",
            )
            .related(kind.label("addresses are handed out here"))
            .help("remove `ipam`, or `disableContainerInterface`"),
        );
    }
}

fn vlans(plugin: &CniPlugin, findings: &mut Findings<'_>) {
    let vlan = plugin.vlan.known();
    if let Some(vlan) = vlan.filter(|vlan| !(0..=MAX_VLAN).contains(&vlan.value)) {
        let message = format!("there is no VLAN {}", vlan.value);
        let help = format!("write a number from 1 to {MAX_VLAN}; 0 means none");
        findings.add(Diagnostic::error(vlan.label(""), message).help(help));
    }
    let trunk = plugin.vlan_trunk.known().filter(|trunk| !trunk.is_empty());
    if let (Some(vlan), Some(trunk)) = (vlan.filter(|vlan| vlan.value > 0), trunk) {
        findings.add(
            Diagnostic::error(vlan.label(""), "`vlan` and `vlanTrunk` exclude each other")
                .related(trunk.span.slice(0..1).label("the port carries several VLANs"))
                .help("keep `vlan` for a port of one VLAN, `vlanTrunk` for one of several"),
        );
    }
    for entry in plugin.vlan_trunk.items().iter().filter_map(|entry| entry.known()) {
        trunk_entry(entry, findings);
    }
}

fn trunk_entry(entry: &Spanned<VlanTrunk>, findings: &mut Findings<'_>) {
    let (min, max) = (&entry.min_id, &entry.max_id);
    for id in [min, max, &entry.id].into_iter().filter_map(|id| id.known()) {
        if !(1..=MAX_VLAN).contains(&id.value) {
            let help = format!("write a number from 1 to {MAX_VLAN}");
            let message = format!("there is no VLAN {}", id.value);
            findings.add(Diagnostic::error(id.label(""), message).help(help));
        }
    }
    for (one, other, name) in [(min, max, "maxID"), (max, min, "minID")] {
        if let Some(one) = one.known().filter(|_| other.is_absent()) {
            findings.add(
                Diagnostic::error(one.label(""), format!("a range of VLANs without its `{name}`"))
                    .help("give both ends of the range; a single VLAN is an `id`"),
            );
        }
    }
    if let (Some(min), Some(max)) = (min.known(), max.known())
        && min.value > max.value
    {
        findings.add(
            Diagnostic::error(
                max.label(""),
                format!("the range of VLANs ends at {} and starts at {}", max.value, min.value),
            )
            .related(min.label("the start"))
            .help("swap the two"),
        );
    }
}

fn name(plugin: &CniPlugin, findings: &mut Findings<'_>) {
    let Some(name) = plugin.bridge.known().filter(|name| !name.is_empty()) else { return };
    let length = name.len();
    let message = if length > MAX_NAME {
        format!(
            "`{}` has {length} characters, and Linux takes {MAX_NAME} for an interface",
            name.value
        )
    } else if name.contains(['/', ':']) || name.contains(char::is_whitespace) {
        format!("`{}` cannot name an interface", name.value)
    } else {
        return;
    };
    findings.add(
        Diagnostic::error(name.label(""), message)
            .help(format!("at most {MAX_NAME} characters, without `/`, `:` and blanks")),
    );
}
