//! `flag-repeated`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::components::ComponentFlags;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/flag-repeated.md"),
    check: Check::Network(check),
};

/// Flags with one value, of which the last one counts. Others add up, such as `--feature-gates`
/// and `--cluster-dns`.
const SINGLE: &[&str] = &[
    "advertise-address",
    "allocate-node-cidrs",
    "bind-address",
    "cluster-cidr",
    "cluster-domain",
    "hostname-override",
    "max-pods",
    "node-cidr-mask-size",
    "node-cidr-mask-size-ipv4",
    "node-cidr-mask-size-ipv6",
    "node-ip",
    "pod-cidr",
    "proxy-mode",
    "secure-port",
    "service-cluster-ip-range",
    "service-node-port-range",
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for component in &network.components {
        repeated(component, findings);
    }
}

fn repeated(component: &ComponentFlags<'_>, findings: &mut Findings<'_>) {
    let mut last: FxHashMap<&str, &Spanned<String>> = FxHashMap::default();
    for flag in component.flags.items.iter().rev() {
        let name = SINGLE.iter().find(|name| **name == flag.name.replace('_', "-"));
        let (Some(name), Some(value)) = (name, flag.value.known()) else { continue };
        let Some(last) = last.get(name) else {
            last.insert(name, value);
            continue;
        };
        if last.value == value.value {
            continue;
        }
        let message =
            format!("`--{name}` is given again later, and `{}` has no effect", value.value);
        findings.add(
            Diagnostic::info(value.label(""), message)
                .related(last.label("the last value counts"))
                .help("leave the one that is meant"),
        );
    }
}
