//! `external-dns-duplicate-hostname`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/external-dns-duplicate-hostname.md"),
    check: Check::Network(check),
};

const HOSTNAME: &str = "external-dns.alpha.kubernetes.io/hostname";
/// Records of one name that are told apart by it: weighted, by region, and so on.
const IDENTIFIER: &str = "external-dns.alpha.kubernetes.io/set-identifier";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut taken: BTreeMap<&str, (Object<'_>, Span)> = BTreeMap::new();
    for object in &network.objects {
        let metadata = &object.resource.metadata;
        if metadata.annotation(IDENTIFIER).is_some() || object.is_chart_default() {
            continue;
        }
        let Some(names) = metadata.annotation(HOSTNAME) else { continue };
        for name in names.value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Some((first, place)) = taken.get(name) else {
                taken.insert(name, (*object, names.span));
                continue;
            };
            let is_variant = first.kind() == object.kind() && first.name() == object.name();
            let is_known = first.namespace_name().is_some() && object.namespace_name().is_some();
            if is_variant || !is_known {
                continue;
            }
            let message = format!(
                "{} `{}` asks for the record `{name}`, as {} `{}` does",
                object.kind(),
                object.name(),
                first.kind(),
                first.name()
            );
            findings.add(
                Diagnostic::info(names.label(""), message)
                    .related(place.label("the same name"))
                    .help(
                        "external-dns makes one record of both, or takes one of the two: \
                         give each a name of its own, or a `set-identifier`",
                    ),
            );
        }
    }
}
