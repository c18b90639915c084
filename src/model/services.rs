//! Services, and the pods that they select.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::labels::{Answer, Selector};
use super::namespaces::fold;
use super::object::Object;
use super::patches::Patches;
use super::ports::{PortRef, Protocol, port_number};
use super::workloads::Workloads;
use crate::ingest::Body;
pub use crate::ingest::kubernetes::ServiceSpec;
use crate::ingest::kubernetes::{Kubernetes, ServicePort};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Debug)]
pub struct Service<'a> {
    pub object: Object<'a>,
    pub spec: &'a ServiceSpec,
    /// The key of its namespace, see [`Object::namespace`].
    pub namespace: &'a str,
    /// `None` for a Service whose endpoints somebody else provides.
    pub selector: Option<Selector<'a>>,
    /// The classes of pods in view that it selects, or may select.
    pub selected: Vec<(usize, Answer)>,
    /// Whether a piece elsewhere, such as a Kustomize patch, is merged into it.
    pub is_patched: bool,
}

/// A port of a Service, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct ServicePortView<'a> {
    pub number: Option<u16>,
    pub protocol: Option<Protocol>,
    /// Where it leads to on the pods; absent means to the same number.
    pub target: Option<PortRef<'a>>,
    pub source: &'a ServicePort,
    pub span: Span,
}

#[derive(Debug, Default)]
pub struct Services<'a> {
    pub all: Vec<Service<'a>>,
    by_name: FxHashMap<(&'a str, &'a str), usize>,
    /// By class of pods.
    of_class: FxHashMap<usize, Vec<usize>>,
}

impl<'a> Services<'a> {
    pub fn new(
        objects: &[Object<'a>],
        patches: &Patches<'a>,
        workloads: &Workloads<'a>,
    ) -> Services<'a> {
        let mut services = Services::default();
        for object in objects {
            let Body::Kubernetes(Kubernetes::Service(spec)) = object.body() else { continue };
            let namespace = object.namespace();
            let selector = selector(spec);
            let selected = match &selector {
                Some(selector) => workloads.select(namespace, selector),
                None => Vec::new(),
            };
            let index = services.all.len();
            for (class, _) in &selected {
                services.of_class.entry(*class).or_default().push(index);
            }
            services.by_name.entry((fold(namespace), object.name())).or_insert(index);
            let object = *object;
            let is_patched = patches.may_change(object);
            services.all.push(Service { object, spec, namespace, selector, selected, is_patched });
        }
        services
    }

    pub fn get(&self, namespace: &str, name: &str) -> Option<&Service<'a>> {
        self.by_name.get(&(fold(namespace), name)).map(|index| &self.all[*index])
    }

    /// The Services that select, or may select, a class of pods.
    pub fn of_class(&self, class: usize) -> impl Iterator<Item = &Service<'a>> {
        let indices = self.of_class.get(&class).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| &self.all[*index])
    }
}

/// Whether this is a piece of a Service that is merged into another one: without ports, no API
/// server would take it as it is.
pub fn is_fragment(spec: &ServiceSpec) -> bool {
    let is_headless = spec.cluster_ip.value().is_some_and(|address| address == "None");
    let leads_nowhere = spec.ports.is_absent() && spec.selector.is_absent();
    leads_nowhere && !is_headless && spec.kind.value().is_none_or(|kind| kind != "ExternalName")
}

/// An empty selector is none: no endpoints come of it.
fn selector(spec: &ServiceSpec) -> Option<Selector<'_>> {
    match &spec.selector {
        Field::Absent => None,
        Field::Known(labels) if labels.value.is_empty() => None,
        labels => Some(Selector::of_labels(labels)),
    }
}

impl<'a> Service<'a> {
    /// An alias for a name elsewhere, without endpoints of its own.
    pub fn is_external_name(&self) -> bool {
        self.spec.kind.value().is_some_and(|kind| kind == "ExternalName")
    }

    /// Whether its name stands for the pods themselves.
    pub fn is_headless(&self) -> bool {
        self.spec.cluster_ip.value().is_some_and(|address| address == "None")
            || self
                .spec
                .cluster_ips
                .items()
                .first()
                .and_then(Field::value)
                .is_some_and(|address| address == "None")
    }

    /// Its type; ClusterIP when it is left out. `None` when it cannot be known.
    pub fn kind(&self) -> Option<&str> {
        match &self.spec.kind {
            Field::Absent => Some("ClusterIP"),
            Field::Known(kind) if kind.value.is_empty() => Some("ClusterIP"),
            Field::Known(kind) => Some(kind.value.as_str()),
            Field::Unknown(_) => None,
        }
    }

    /// Whether clients outside of the cluster may come in by it.
    pub fn is_external(&self) -> bool {
        match self.kind() {
            Some("NodePort" | "LoadBalancer") => true,
            Some("ClusterIP") => {
                self.spec.external_ips.is_unknown() || !self.spec.external_ips.items().is_empty()
            }
            _ => false,
        }
    }

    /// The ports that a call to one of its ports may mean: all that cannot be told from it, and
    /// without a port, all.
    pub fn ports_at(&self, port: Option<u16>) -> impl Iterator<Item = ServicePortView<'a>> {
        self.ports().filter(move |view| {
            port.is_none_or(|port| view.number.is_none_or(|number| number == port))
        })
    }

    /// The addresses of its own that are written; none for a headless one.
    pub fn cluster_ips(&self) -> impl Iterator<Item = Spanned<IpAddr>> {
        let one = self.spec.cluster_ip.known();
        let many = self.spec.cluster_ips.items().iter().filter_map(Field::known);
        one.into_iter().chain(many).filter_map(|text| {
            let address = text.value.parse().ok()?;
            Some(Spanned::new(address, text.span))
        })
    }

    pub fn ports(&self) -> impl Iterator<Item = ServicePortView<'a>> {
        let ports = self.spec.ports.items().iter().filter_map(Field::known);
        ports.map(|port| ServicePortView::of(&port.value, port.span))
    }
}

impl<'a> ServicePortView<'a> {
    fn of(source: &'a ServicePort, span: Span) -> ServicePortView<'a> {
        let number = source.port.value().and_then(|number| port_number(*number));
        // Zero and the empty string count as absent, too.
        let written = match &source.target_port {
            Field::Absent => None,
            field => Some(PortRef::of_field(field).filter(|port| *port != PortRef::Name(""))),
        };
        let target = written.unwrap_or(number.map(PortRef::Number));
        let protocol = Protocol::of_field(&source.protocol);
        ServicePortView { number, protocol, target, source, span }
    }
}
