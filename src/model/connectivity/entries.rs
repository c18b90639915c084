//! Where requests from outside enter: the pods behind Ingresses and Routes.

use super::endpoints::Endpoints;
use super::traffic::Traffic;
use crate::ingest::Body;
use crate::ingest::kubernetes::{IngressBackend, IngressSpec, Kubernetes, RouteSpec};
use crate::model::object::Object;
use crate::model::ports::{PortRef, Protocol, port_number};
use crate::model::services::{Service, ServicePortView, Services};
use crate::model::workloads::Workloads;
use crate::syntax::decode::Field;

/// Pods that a way in leads to.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub object: Object<'a>,
    /// Index of an endpoint.
    pub endpoint: usize,
    /// The ports that it leads to.
    pub traffic: Traffic,
}

/// The entries of all objects in view.
pub fn find<'a>(
    objects: &[Object<'a>],
    services: &Services<'a>,
    workloads: &Workloads<'a>,
    endpoints: &Endpoints<'a>,
) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    for object in objects {
        let mut add = |service: &str, port: Option<PortRef<'_>>| {
            let Some(service) = services.get(object.namespace(), service) else { return };
            let is_meant = |view: &ServicePortView<'_>| port.is_none_or(|port| is_port(view, port));
            for view in service.ports().filter(is_meant) {
                lead(*object, service, &view, workloads, endpoints, &mut found);
            }
        };
        match object.body() {
            Body::Kubernetes(Kubernetes::Ingress(spec)) => of_ingress(spec, &mut add),
            Body::Kubernetes(Kubernetes::Route(spec)) => of_route(spec, &mut add),
            _ => {}
        }
    }
    found
}

/// Whether a port of a Service is the one that is meant: by its number or name, or as Routes do,
/// by the port of the pods.
fn is_port(view: &ServicePortView<'_>, wanted: PortRef<'_>) -> bool {
    let by_number = view.number.map(PortRef::Number) == Some(wanted);
    let by_name = view.source.name.value().is_some_and(|name| PortRef::Name(name) == wanted);
    by_number || by_name || view.target == Some(wanted)
}

fn of_ingress(spec: &IngressSpec, add: &mut impl FnMut(&str, Option<PortRef<'_>>)) {
    let defaults = [&spec.default_backend, &spec.backend];
    let mut backends: Vec<&IngressBackend> =
        defaults.into_iter().filter_map(Field::value).collect();
    for rule in spec.rules.items().iter().filter_map(Field::value) {
        let paths = rule.http.value().map_or(&[][..], |http| http.paths.items());
        let paths = paths.iter().filter_map(Field::value);
        backends.extend(paths.filter_map(|path| path.backend.value()));
    }
    for backend in backends {
        if let Some(service) = backend.service.value() {
            let Some(name) = service.name.value() else { continue };
            let Some(port) = service.port.value() else { continue };
            let number = port.number.value().and_then(|number| port_number(*number));
            let named = port.name.value().map(|name| PortRef::Name(name.as_str()));
            if let Some(port) = number.map(PortRef::Number).or(named) {
                add(name, Some(port));
            }
        } else if let Some(name) = backend.service_name.value()
            && let Some(port) = PortRef::of_field(&backend.service_port)
        {
            add(name, Some(port));
        }
    }
}

fn of_route(spec: &RouteSpec, add: &mut impl FnMut(&str, Option<PortRef<'_>>)) {
    let port = match spec.port.value().map(|port| &port.target_port) {
        None | Some(Field::Absent) => None,
        Some(port) => match PortRef::of_field(port) {
            Some(port) => Some(port),
            None => return,
        },
    };
    let targets = std::iter::once(&spec.to).chain(spec.alternate_backends.items());
    for target in targets.filter_map(Field::value) {
        if let Some(name) = target.name.value() {
            add(name, port);
        }
    }
}

fn lead<'a>(
    object: Object<'a>,
    service: &Service<'a>,
    view: &ServicePortView<'_>,
    workloads: &Workloads<'a>,
    endpoints: &Endpoints<'a>,
    found: &mut Vec<Entry<'a>>,
) {
    let Some(protocol) = view.protocol else { return };
    for (class, selects) in &service.selected {
        if !selects.is_yes() {
            continue;
        }
        for endpoint in endpoints.of_class(*class) {
            let members = endpoints.all[*endpoint].members.iter();
            let port = match view.target {
                Some(PortRef::Number(port)) => Some(port),
                Some(PortRef::Name(name)) => members
                    .filter_map(|member| workloads.all[*member].port_named(name, protocol))
                    .next(),
                None => None,
            };
            // Ways in speak HTTP and TLS.
            if let Some(port) = port.filter(|_| protocol == Protocol::Tcp) {
                let traffic = Traffic::ports(protocol, port, port);
                found.push(Entry { object, endpoint: *endpoint, traffic });
            }
        }
    }
}
