//! `component-version-drift`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::image::Component;
use crate::model::version::Release;
use crate::model::versions::{Origin, Software};
use crate::model::{Network, Versions};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/component-version-drift.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let upgrades = |group: &str, kind: &str| group == "upgrade.cattle.io" && kind == "Plan";
    if network.objects.iter().any(|object| upgrades(object.resource.group(), object.kind())) {
        return;
    }
    for (component, places) in places(&network.versions) {
        let mut places = places.into_iter();
        let (Some((oldest, first)), Some(next)) = (places.next(), places.next()) else { continue };
        let newer: Vec<(Release, Span)> = std::iter::once(next).chain(places).collect();
        let versions: Vec<String> = newer.iter().map(|(release, _)| release.to_string()).collect();
        let message = format!("{component} is {oldest} here and {} elsewhere", versions.join(", "));
        let others =
            newer.iter().map(|(release, span)| span.label(format!("{component} {release}")));
        findings.add(
            Diagnostic::warning(first.label(""), message)
                .related_all(others)
                .help("bring every part of it to one version"),
        );
    }
}

/// The versions of each component, the oldest first, with the first place of each.
fn places(versions: &Versions<'_>) -> BTreeMap<Component, BTreeMap<Release, Span>> {
    let software = versions.software.iter().filter(|one| is_part_of_network(one));
    let software = software.map(|one| (one.component, one.release, one.span));
    let kubernetes = versions.kubernetes.iter().filter_map(|one| {
        let release = Release {
            major: one.version.major,
            minor: one.version.minor,
            patch: one.version.patch?,
        };
        matches!(one.origin, Origin::Image(_)).then_some((one.component, release, one.span))
    });
    let mut places: BTreeMap<Component, BTreeMap<Release, Span>> = BTreeMap::new();
    for (component, release, span) in kubernetes.chain(software) {
        places.entry(component).or_default().entry(release).or_insert(span);
    }
    places
}

/// Whether a container is one of those that run on every node, or speak with them.
fn is_part_of_network(software: &Software<'_>) -> bool {
    let parts_have_one_version = match software.component {
        // Before, its parts had versions each of their own.
        Component::Calico => (software.release.major, software.release.minor) >= (3, 3),
        Component::Cilium
        | Component::Flannel
        | Component::Weave
        | Component::KubeRouter
        | Component::Antrea
        | Component::Multus
        | Component::AwsVpcCni
        | Component::GatewayApi => true,
        _ => false,
    };
    // A tool for the command line, and what is run with the next version before an upgrade:
    // https://docs.cilium.io/en/stable/operations/upgrade/#running-pre-flight-check-required
    let stands_apart = software.text.contains("/ctl:")
        || ["pre-flight", "preflight"].iter().any(|word| software.object.name().contains(word));
    parts_have_one_version && !stands_apart
}
