//! `service-load-balancer-open`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::services::Service;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-load-balancer-open.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if network.addresses.only_balancer().is_some() {
        return;
    }
    for service in &network.services.all {
        let spec = service.spec;
        let Some(kind) = spec.kind.known().filter(|kind| kind.value == "LoadBalancer") else {
            continue;
        };
        let has_class = !spec.load_balancer_class.is_absent();
        let is_limited = spec.load_balancer_source_ranges.is_unknown()
            || !spec.load_balancer_source_ranges.items().is_empty();
        if has_class || is_limited || is_internal(service) || is_way_in(service) {
            continue;
        }
        let name = service.object.name();
        let message =
            format!("the load balancer of the Service `{name}` is open to all who reach it");
        findings.add(
            Diagnostic::info(kind.label(""), message).help(
                "name the networks of its clients in `loadBalancerSourceRanges`, or make it an internal one",
            ),
        );
    }
}

/// Whether an annotation may say who reaches its load balancer.
fn is_internal(service: &Service<'_>) -> bool {
    let annotations = &service.object.resource.metadata.annotations;
    let says = |(key, value): (&String, &Field<String>)| {
        let value = value.value().map_or("", String::as_str);
        let words = ["internal", "scheme", "source-ranges", "subnet", "security-group", "private"];
        let text = format!("{key}={value}").to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    annotations.is_unknown() || annotations.value().into_iter().flatten().any(says)
}

/// Whether a Service is that of an ingress controller or a gateway, which are there to be open.
pub(super) fn is_way_in(service: &Service<'_>) -> bool {
    let object = service.object;
    let labels = service.spec.selector.value().into_iter().flatten();
    let labels = labels.filter_map(|(_, value)| value.value()).map(String::as_str);
    let mut words = [object.name(), object.namespace()].into_iter().chain(labels);
    words.any(|word| {
        let word = word.to_ascii_lowercase();
        WAYS_IN.iter().any(|way| word.contains(way))
    })
}

const WAYS_IN: [&str; 11] = [
    "ingress",
    "gateway",
    "traefik",
    "envoy",
    "haproxy",
    "kong",
    "contour",
    "istio",
    "ambassador",
    "router",
    "nginx",
];
