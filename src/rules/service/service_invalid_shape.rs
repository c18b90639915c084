//! `service-invalid-shape`: see the page.
//!
//! After `ValidateService` in `pkg/apis/core/validation/validation.go` of Kubernetes, and the
//! defaults that are set before it.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::ports::is_dns_label;
use crate::model::services::{Service, is_fragment};
use crate::model::{Field, Network};
use crate::rules::wording::choice;
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-invalid-shape.md"),
    check: Check::Network(check),
};

const TYPES: [&str; 4] = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        if is_fragment(service.spec) || service.is_patched {
            continue;
        }
        let mut faults = Faults { service, name: service.object.name(), found: Vec::new() };
        faults.name();
        faults.words();
        faults.leads_nowhere();
        faults.fields_of_other_types();
        faults.headless();
        faults.kubelet_port();
        faults.sessions();
        findings.extend(faults.found);
    }
}

struct Faults<'s, 'a> {
    service: &'s Service<'a>,
    name: &'s str,
    found: Vec<Diagnostic>,
}

impl Faults<'_, '_> {
    fn add(&mut self, span: Option<Span>, message: impl Into<String>) {
        let message = message.into();
        self.found.extend(span.map(|span| Diagnostic::error(span.label(""), message)));
    }

    fn name(&mut self) {
        let Some(name) = self.service.object.resource.metadata.name.known() else { return };
        if name.value.len() > 63 {
            let length = name.value.len();
            let message =
                format!("a name of {length} characters: that of a Service has at most 63");
            self.add(Some(name.span), message);
        // The older, narrower rule for names of Services ends with 1.34 (KEP-5311).
        } else if !name.value.is_empty() && !is_dns_label(&name.value) {
            let message = format!(
                "`{}` cannot be the name of a Service: lower-case letters, digits and dashes between them",
                name.value
            );
            self.add(Some(name.span), message);
        }
    }

    fn words(&mut self) {
        let spec = self.service.spec;
        let policies: &[&str] = &["Cluster", "Local"];
        let fields = [
            (&spec.kind, "type of Services", &TYPES[..]),
            (&spec.session_affinity, "session affinity", &["ClientIP", "None"]),
            (&spec.internal_traffic_policy, "traffic policy", policies),
            (&spec.external_traffic_policy, "traffic policy", policies),
            (
                &spec.ip_family_policy,
                "`ipFamilyPolicy`",
                &["SingleStack", "PreferDualStack", "RequireDualStack"],
            ),
            (
                &spec.traffic_distribution,
                "traffic distribution",
                &["PreferClose", "PreferSameZone", "PreferSameNode"],
            ),
        ];
        for (field, noun, words) in fields {
            let Some(word) = written(field) else { continue };
            if !words.contains(&word.value.as_str()) {
                let message = format!("`{}` is no {noun}: these are {}", word.value, choice(words));
                self.add(Some(word.span), message);
            }
        }
    }

    fn leads_nowhere(&mut self) {
        let (spec, name) = (self.service.spec, self.name);
        let whole = Some(self.service.object.label("").span);
        match self.service.kind() {
            Some("ExternalName") => match &spec.external_name {
                Field::Known(host) if !host.value.is_empty() => {
                    if !is_dns_name(&host.value) {
                        self.add(Some(host.span), format!("`{}` is no DNS name", host.value));
                    }
                }
                Field::Unknown(_) => {}
                _ => {
                    let message = format!(
                        "the Service `{name}` is of type ExternalName and has no `externalName`"
                    );
                    self.add(spec.external_name.span().or(whole), message);
                }
            },
            Some(_) if !self.service.is_headless() => {
                let is_empty = spec.ports.is_absent()
                    || spec.ports.value().is_some_and(|ports| ports.is_empty());
                if is_empty && !spec.cluster_ip.is_unknown() {
                    let message = format!("the Service `{name}` has no ports");
                    self.add(spec.ports.span().or(whole), message);
                }
            }
            _ => {}
        }
    }

    fn fields_of_other_types(&mut self) {
        let (service, name) = (self.service, self.name);
        let Some(kind) = service.kind().filter(|kind| TYPES.contains(kind)) else { return };
        let spec = service.spec;
        let is = format!("the Service `{name}` is of type {kind}");
        if kind == "ClusterIP" {
            for port in service.ports() {
                if let Some(node_port) = port.source.node_port.known().filter(|p| p.value != 0) {
                    let message = format!("`nodePort` goes with NodePort or LoadBalancer: {is}");
                    self.add(Some(node_port.span), message);
                }
            }
        }
        if kind != "LoadBalancer" {
            let first = spec.load_balancer_source_ranges.items().first().and_then(Field::span);
            let list = spec.load_balancer_source_ranges.span().filter(|_| first.is_some());
            let fields = [
                ("loadBalancerClass", spec.load_balancer_class.span()),
                ("loadBalancerSourceRanges", list),
                (
                    "allocateLoadBalancerNodePorts",
                    spec.allocate_load_balancer_node_ports.known().map(|it| it.span),
                ),
            ];
            for (field, span) in fields {
                self.add(span, format!("`{field}` goes with LoadBalancer: {is}"));
            }
        }
        if !service.is_external()
            && let Some(policy) = written(&spec.external_traffic_policy)
        {
            let message = format!(
                "`externalTrafficPolicy` goes with NodePort, LoadBalancer or `externalIPs`: {is}"
            );
            self.add(Some(policy.span), message);
        }
        let Some(port) = spec.health_check_node_port.known().filter(|port| port.value != 0) else {
            return;
        };
        let is_local = match &spec.external_traffic_policy {
            Field::Known(policy) => policy.value == "Local",
            Field::Absent => false,
            Field::Unknown(_) => return,
        };
        let lacks = match (kind == "LoadBalancer", is_local) {
            (true, true) => return,
            (true, false) => "the policy is another one".to_owned(),
            (false, true) => is,
            (false, false) => format!("the Service `{name}` has neither"),
        };
        let message = format!(
            "`healthCheckNodePort` goes with LoadBalancer and `externalTrafficPolicy: Local`: {lacks}"
        );
        self.add(Some(port.span), message);
    }

    fn headless(&mut self) {
        let spec = self.service.spec;
        let first = spec.cluster_ips.items().first().and_then(Field::known);
        let Some(address) = written(&spec.cluster_ip).or(first) else { return };
        match self.service.kind() {
            Some(kind @ ("NodePort" | "LoadBalancer")) if address.value == "None" => {
                let message = format!("a Service of type {kind} cannot be headless");
                let reason = spec.kind.span().map(|span| span.label("needs an address of its own"));
                let finding = Diagnostic::error(address.label(""), message).related_all(reason);
                self.found.push(finding);
            }
            Some("ExternalName") => {
                let message =
                    format!("the Service `{}` is an alias and has no cluster IP", self.name);
                self.add(Some(address.span), message);
            }
            _ => {}
        }
    }

    fn kubelet_port(&mut self) {
        if self.service.kind() != Some("LoadBalancer") {
            return;
        }
        for port in self.service.ports() {
            if port.number == Some(10250) {
                self.add(
                    port.source.port.span(),
                    "port 10250 is that of kubelets: no Service of type LoadBalancer may have it",
                );
            }
        }
    }

    fn sessions(&mut self) {
        let spec = self.service.spec;
        let config = spec.session_affinity_config.value();
        let client = config.and_then(|config| config.client_ip.value());
        let Some(timeout) = client.and_then(|client| client.timeout_seconds.known()) else {
            return;
        };
        let affinity = match &spec.session_affinity {
            Field::Unknown(_) => return,
            field => written(field).map_or("None", |word| word.value.as_str()),
        };
        if affinity == "None" {
            self.found.push(Diagnostic::warning(
                timeout.label(""),
                "`sessionAffinityConfig` without `sessionAffinity: ClientIP` does nothing",
            ));
        } else if !(1..=86400).contains(&timeout.value) {
            let message =
                format!("a session of {} seconds: it may last from 1 to 86400", timeout.value);
            self.add(Some(timeout.span), message);
        }
    }
}

/// A word that says something: an empty one counts as left out.
fn written(field: &Field<String>) -> Option<&Spanned<String>> {
    field.known().filter(|word| !word.value.is_empty())
}

/// A subdomain of RFC 1123, with or without a final dot.
fn is_dns_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(is_dns_label)
}
