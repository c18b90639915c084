//! A workload that runs CoreDNS or NodeLocal DNSCache, and what is asked about it.

use super::service::DnsService;
use super::{Distribution, Role};
use crate::diagnostic::{Label, Place};
use crate::ingest::kubernetes::{self as api, Container, PodSpec, Probe};
use crate::ingest::{Body, IntOrString};
use crate::model::image::ImageRef;
use crate::model::labels::Answer;
use crate::model::object::{Object, known_labels};
use crate::model::version::Release;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// A workload that runs CoreDNS.
#[derive(Clone, Debug)]
pub struct Server<'a> {
    pub object: Object<'a>,
    pub workload: &'a api::Workload,
    pub container: &'a Container,
    pub role: Role,
    /// Whether its pods have the network of their node.
    pub host_network: Answer,
    pub distribution: Distribution,
    /// What the image's tag says.
    pub release: Option<Release>,
    /// The index of its Corefile.
    pub corefile: Option<usize>,
    /// The autoscaler that sets its number of replicas.
    pub autoscaler: Option<Object<'a>>,
    pub disruption_budget: Option<Object<'a>>,
    pub services: Vec<DnsService<'a>>,
}

impl<'a> Server<'a> {
    pub fn pod(&self) -> &'a PodSpec {
        &self.workload.pod
    }

    pub fn image(&self) -> Option<&'a Spanned<String>> {
        self.container.image.known()
    }

    /// What it is called: of values, the chart.
    pub fn name(&self) -> &'a str {
        match self.object.body() {
            Body::ChartValues(values) => values.chart.name(),
            _ => self.object.name(),
        }
    }

    /// Pods that are scaled by number, not by node.
    pub fn is_deployment(&self) -> bool {
        self.object.kind() == "Deployment" || matches!(self.object.body(), Body::ChartValues(_))
    }

    pub fn limit(&self, resource: &str) -> Option<&'a Spanned<String>> {
        self.container.resources.value()?.limits.value()?.get(resource)?.known()
    }

    /// A limit to point at, with the distribution that has it by default.
    pub fn limit_label(&self, resource: &str, limit: &Spanned<String>) -> Label {
        let default = self.distribution.default_limit(resource) == Some(&limit.value);
        let name = self.distribution.name().filter(|_| default);
        limit.label(name.map(|name| format!("the default of {name}")).unwrap_or_default())
    }

    /// Whether the scheduler reserves some of a resource: by a request, by a limit, which stands
    /// for a request that is not written, or perhaps, as far as can be known.
    pub fn may_request(&self, resource: &str) -> bool {
        let resources = match &self.container.resources {
            Field::Absent => return false,
            Field::Known(resources) => &resources.value,
            Field::Unknown(_) => return true,
        };
        [&resources.requests, &resources.limits].into_iter().any(|amounts| {
            amounts.is_unknown()
                || amounts.value().is_some_and(|amounts| amounts.contains_key(resource))
        })
    }

    /// At the number of replicas, or at the name when there is none.
    pub fn replicas_label(&self, text: &str) -> Label {
        let place = self.workload.replicas.span();
        place.unwrap_or(self.object.resource.name_span()).label(text)
    }

    /// Whether there is more than one pod, or an autoscaler to make more.
    pub fn has_several_replicas(&self) -> bool {
        let several = self.workload.replicas.value().is_some_and(|replicas| *replicas > 1);
        self.is_deployment() && (several || self.autoscaler.is_some())
    }

    /// Whether something keeps its pods on different nodes, or may.
    pub fn is_spread(&self) -> bool {
        let affinity = &self.pod().affinity;
        let apart =
            affinity.value().is_some_and(|affinity| !affinity.pod_anti_affinity.is_absent());
        let spread = &self.pod().topology_spread_constraints;
        affinity.is_unknown() || apart || spread.is_unknown() || !spread.items().is_empty()
    }

    /// Whether the addon manager of Kubernetes applies it, as `kube-up` and kubespray have it.
    pub fn is_managed_addon(&self) -> bool {
        let labels = known_labels(&self.object.resource.metadata.labels);
        labels.contains_key("addonmanager.kubernetes.io/mode")
    }

    /// The probes that ask the plugins `ready` and `health` over HTTP.
    pub fn health_checks(&self) -> Vec<HealthCheck> {
        let container = self.container;
        let probes =
            [("readiness", &container.readiness_probe), ("liveness", &container.liveness_probe)];
        let check = |(kind, probe): (&'static str, &'a Field<Box<Probe>>)| {
            let target = probe.value()?.http_get.value()?;
            let (plugin, default_port) = match target.path.value()?.as_str() {
                "/ready" => ("ready", 8181),
                "/health" => ("health", 8080),
                _ => return None,
            };
            let port = target.port.known()?;
            let number = match &port.value {
                IntOrString::Int(number) => Some(*number),
                IntOrString::Str(name) => match name.parse() {
                    Ok(number) => Some(number),
                    Err(_) => named_port(container, name),
                },
            };
            let number = u16::try_from(number?).ok()?;
            Some(HealthCheck { kind, plugin, default_port, port: number, span: port.span })
        };
        probes.into_iter().filter_map(check).collect()
    }

    /// Whether the image is one that the project or a distribution builds, with its plugins.
    pub fn has_official_image(&self) -> bool {
        let Some(image) = self.image().and_then(|text| ImageRef::parse(text)) else { return false };
        let registry = image.registry.as_deref().unwrap_or("docker.io");
        matches!(
            (registry, image.repository.as_str()),
            ("docker.io" | "registry.k8s.io" | "k8s.gcr.io" | "mirror.gcr.io", "coredns/coredns")
                | ("registry.k8s.io" | "k8s.gcr.io", "coredns")
                | ("docker.io", "rancher/mirrored-coredns-coredns" | "rancher/hardened-coredns")
        )
    }
}

/// A probe that asks a plugin of CoreDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// `readiness` or `liveness`.
    pub kind: &'static str,
    /// `ready` or `health`.
    pub plugin: &'static str,
    /// Where the plugin answers when its directive says no port.
    pub default_port: u16,
    pub port: u16,
    /// The port in the probe.
    pub span: Span,
}

fn named_port(container: &Container, name: &str) -> Option<i64> {
    let mut ports = container.ports.items().iter().filter_map(Field::value);
    let port = ports.find(|port| port.name.value().is_some_and(|own| own == name))?;
    port.container_port.value().copied()
}
