//! `calico-installation-invalid`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::calico::{Autodetection, CalicoNetwork, InstallationPool, InstallationSpec};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-installation-invalid.md"),
    check: Check::Network(check),
};

/// What the operator refuses: `validation.go` of `pkg/controller/installation` and of
/// `pkg/controller/ippool`.
fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (_, installation) in &network.calico.installations {
        let Some(calico) = installation.calico_network.value() else { continue };
        let pools = calico.ip_pools.items().iter().filter_map(Field::value);
        let pools: Vec<&InstallationPool> = pools.collect();
        findings.extend(repeated_names(&pools));
        findings.extend(pools.iter().flat_map(|pool| words(pool)));
        findings.extend(other_plugin(installation, calico, &pools));
        for detection in [&calico.autodetection_v4, &calico.autodetection_v6] {
            findings.extend(detection.value().and_then(several_methods));
        }
    }
}

fn repeated_names(pools: &[&InstallationPool]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = Vec::new();
    for name in pools.iter().filter_map(|pool| pool.name.known()) {
        match first.get(name.as_str()) {
            Some(other) => {
                let message = format!("two pools are named `{}`", name.value);
                found.push(
                    Diagnostic::error(name.label(""), message)
                        .related(other.label("the first of them"))
                        .help(
                            "give each pool a name of its own, or leave the names to the operator",
                        ),
                );
            }
            None => {
                first.insert(name, name.span);
            }
        }
    }
    found
}

fn words(pool: &InstallationPool) -> Vec<Diagnostic> {
    let fields: [(&str, &Field<String>, &[&str]); 2] = [
        (
            "encapsulation",
            &pool.encapsulation,
            &["IPIP", "IPIPCrossSubnet", "VXLAN", "VXLANCrossSubnet", "None"],
        ),
        ("natOutgoing", &pool.nat_outgoing, &["Enabled", "Disabled"]),
    ];
    let fields = fields.into_iter().filter_map(|(name, field, words)| {
        let text = field.known().filter(|text| !text.is_empty())?;
        (!words.contains(&text.as_str())).then(|| {
            let message = format!("`{name}` is `{}`, which the operator does not know", text.value);
            Diagnostic::error(text.label(""), message)
                .help(format!("write one of {}", quoted(words)))
        })
    });
    fields.collect()
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// With the CNI plugin of somebody else, pools are for policies alone.
fn other_plugin(
    installation: &InstallationSpec,
    network: &CalicoNetwork,
    pools: &[&InstallationPool],
) -> Vec<Diagnostic> {
    let cni = installation.cni.value().and_then(|cni| cni.kind.known());
    let Some(cni) = cni.filter(|cni| cni.value != "Calico") else { return Vec::new() };
    let refused = |text: &Spanned<String>, message: String, help: &str| {
        Diagnostic::error(text.label(""), message)
            .related(cni.label("not Calico's"))
            .help(help.to_owned())
    };
    let mut found = Vec::new();
    let bgp = network.bgp.known().filter(|bgp| bgp.value == "Enabled");
    if let Some(bgp) = bgp.filter(|_| !pools.is_empty()) {
        let message = format!("BGP with the CNI plugin `{}`", cni.value);
        found.push(refused(bgp, message, "disable BGP: the other plugin makes the routes"));
    }
    for selector in pools.iter().filter_map(|pool| pool.node_selector.known()) {
        if !matches!(selector.trim(), "" | "all()") {
            let message = format!("a pool for some nodes with the CNI plugin `{}`", cni.value);
            found.push(refused(selector, message, "write `all()`"));
        }
    }
    found
}

fn several_methods(detection: &Autodetection) -> Option<Diagnostic> {
    let text =
        |field: &Field<String>| field.known().filter(|text| !text.is_empty()).map(|t| t.span);
    let first = detection.first_found.known().filter(|on| on.value).map(|on| on.span);
    let cidrs = detection.cidrs.span().filter(|_| !detection.cidrs.items().is_empty());
    let methods = [
        ("firstFound", first),
        ("kubernetes", text(&detection.kubernetes)),
        ("interface", text(&detection.interface)),
        ("skipInterface", text(&detection.skip_interface)),
        ("canReach", text(&detection.can_reach)),
        ("cidrs", cidrs),
    ];
    let used: Vec<(&str, Span)> =
        methods.into_iter().filter_map(|(name, span)| Some((name, span?))).collect();
    let ((first, place), (second, other)) = (used.first()?, used.get(1)?);
    let message = format!("both `{first}` and `{second}` find the node's address");
    Some(
        Diagnostic::error(other.label(""), message)
            .related(place.label(format!("`{first}`")))
            .help("keep one of them: the operator takes one method of each family"),
    )
}
