//! Ways into the cluster, and the Services that they lead to: Ingresses, the routes of Gateway
//! API and of OpenShift, in one form.
//!
//! Backends that are no Services are not in it. What a Gateway accepts is told by
//! [`super::gateways`], which Ingress counts for whom by [`super::ingresses`].

use rustc_hash::FxHashMap;

use super::namespaces::{fold, is_known};
use super::object::Object;
use super::ports::{PortRef, Protocol, port_number};
use super::services::{Service, ServicePortView, Services};
use super::{Resolution, Why};
use crate::ingest::Body;
use crate::ingest::gateway_api::{GatewayApi, GatewayRouteSpec, ObjectReference};
use crate::ingest::kubernetes::{IngressBackend, IngressSpec, Kubernetes, RouteSpec};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    Ingress,
    /// Of OpenShift.
    OpenShift,
    /// Of Gateway API.
    Gateway,
}

/// A way in.
#[derive(Debug)]
pub struct Route<'a> {
    pub object: Object<'a>,
    pub kind: RouteKind,
    /// In the order in which they are written.
    pub backends: Vec<Backend<'a>>,
}

/// A Service that a way in leads to.
#[derive(Clone, Debug)]
pub struct Backend<'a> {
    /// The key of the Service's namespace, see [`Object::namespace`].
    pub namespace: &'a str,
    /// Where another namespace than the object's own is written.
    pub other_namespace: Option<&'a Spanned<String>>,
    pub service: &'a Spanned<String>,
    pub port: BackendPort<'a>,
    /// All of the reference.
    pub span: Span,
    pub role: Role,
}

/// What a backend is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It answers requests.
    Serves,
    /// It has the weight 0: no request gets there until that is changed.
    Idle,
    /// It gets copies of requests, and nobody waits for its answers.
    Mirror,
}

/// Which port of the Service is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendPort<'a> {
    /// None is named, and none has to be.
    Any,
    /// None is named, and one has to be.
    Missing,
    /// A port of the Service.
    OfService(PortRef<'a>, Span),
    /// The name of a port of the Service, or a number of its pods.
    OfPods(PortRef<'a>, Span),
    /// A template fills it in, or it is no port.
    Unknown,
}

impl BackendPort<'_> {
    /// Whether a port of a Service is the one that is meant; never when that cannot be known.
    pub fn means(self, view: &ServicePortView<'_>) -> bool {
        let is_own = |wanted: PortRef<'_>| match wanted {
            PortRef::Number(number) => view.number == Some(number),
            PortRef::Name(name) => view.source.name.value().is_some_and(|own| own == name),
        };
        match self {
            BackendPort::Any => true,
            BackendPort::Missing | BackendPort::Unknown => false,
            BackendPort::OfService(wanted, _) => is_own(wanted),
            BackendPort::OfPods(wanted, _) => is_own(wanted) || view.target == Some(wanted),
        }
    }
}

#[derive(Debug, Default)]
pub struct Routes<'a> {
    pub all: Vec<Route<'a>>,
    /// By folded namespace and name, indices of Services: files of several clusters, or variants
    /// of one object, may all be in view.
    services: FxHashMap<(&'a str, &'a str), Vec<usize>>,
    /// By name alone.
    by_name: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Routes<'a> {
    pub fn new(objects: &[Object<'a>], services: &Services<'a>) -> Routes<'a> {
        let mut routes = Routes::default();
        for (index, service) in services.all.iter().enumerate() {
            let name = service.object.name();
            routes.services.entry((fold(service.namespace), name)).or_default().push(index);
            routes.by_name.entry(name).or_default().push(index);
        }
        for object in objects {
            let (kind, backends) = match object.body() {
                Body::Kubernetes(Kubernetes::Ingress(spec)) => {
                    (RouteKind::Ingress, of_ingress(*object, spec))
                }
                Body::Kubernetes(Kubernetes::Route(spec)) => {
                    (RouteKind::OpenShift, of_route(*object, spec))
                }
                Body::GatewayApi(GatewayApi::Route(spec)) => {
                    (RouteKind::Gateway, of_gateway_route(*object, spec))
                }
                _ => continue,
            };
            routes.all.push(Route { object: *object, kind, backends });
        }
        routes
    }

    /// Every backend with its way in.
    pub fn backends(&self) -> impl Iterator<Item = (&Route<'a>, &Backend<'a>)> {
        self.all.iter().flat_map(|route| route.backends.iter().map(move |backend| (route, backend)))
    }

    /// The Services of a backend's name in its namespace: several where files hold variants of
    /// one. Without any, it is [`Resolution::Absent`] only where the namespace is known; other
    /// files may have it all the same.
    pub fn services<'s>(
        &self,
        backend: &Backend<'_>,
        services: &'s Services<'a>,
    ) -> Resolution<Vec<&'s Service<'a>>> {
        let name = backend.service.value.as_str();
        match self.services.get(&(fold(backend.namespace), name)) {
            Some(found) => {
                Resolution::Found(found.iter().map(|index| &services.all[*index]).collect())
            }
            // One of the two may be put into the other's namespace.
            None if self.is_adrift(backend, name, services) => Resolution::Unknown(Why::NotInFiles),
            None => Resolution::Absent,
        }
    }

    fn is_adrift(&self, backend: &Backend<'_>, name: &str, services: &Services<'a>) -> bool {
        let same_name = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        same_name
            .iter()
            .any(|index| !is_known(backend.namespace) || !is_known(services.all[*index].namespace))
    }
}

fn of_ingress<'a>(object: Object<'a>, spec: &'a IngressSpec) -> Vec<Backend<'a>> {
    let defaults = [&spec.default_backend, &spec.backend];
    let paths = spec.rules.items().iter().filter_map(Field::value);
    let paths = paths.flat_map(|rule| rule.http.value().map_or(&[][..], |it| it.paths.items()));
    let of_paths = paths.filter_map(Field::value).map(|path| &path.backend);
    let all = defaults.into_iter().chain(of_paths).filter_map(Field::known);
    all.filter_map(|backend| of_ingress_backend(object, &backend.value, backend.span)).collect()
}

/// With this name of a port, the AWS load balancer controller takes the Service's name for that of
/// an action in the annotations.
const ACTION_PORT: &str = "use-annotation";

/// The Service that a backend of an Ingress names.
pub fn of_ingress_backend<'a>(
    object: Object<'a>,
    backend: &'a IngressBackend,
    span: Span,
) -> Option<Backend<'a>> {
    let own = |service, port| Backend {
        namespace: object.namespace(),
        other_namespace: None,
        service,
        port,
        span,
        role: Role::Serves,
    };
    if let Some(service) = backend.service.value() {
        let name = service.name.known()?;
        let port_name = service.port.value().and_then(|port| port.name.value());
        if port_name.is_some_and(|name| name == ACTION_PORT) {
            return None;
        }
        let port = match &service.port {
            Field::Absent => BackendPort::Missing,
            Field::Unknown(_) => BackendPort::Unknown,
            Field::Known(port) => {
                // Zero and the empty string count as absent.
                let number = port.number.known().filter(|number| number.value != 0);
                let name = port.name.known().filter(|name| !name.value.is_empty());
                match (number, name) {
                    _ if port.number.is_unknown() || port.name.is_unknown() => BackendPort::Unknown,
                    (Some(number), _) => of_number(number),
                    (None, Some(name)) => {
                        BackendPort::OfService(PortRef::Name(&name.value), name.span)
                    }
                    (None, None) => BackendPort::Missing,
                }
            }
        };
        return Some(own(name, port));
    }
    let name = backend.service_name.known()?;
    let port = match &backend.service_port {
        Field::Absent => BackendPort::Missing,
        port => match (PortRef::of_field(port), port.span()) {
            (Some(port), Some(span)) => BackendPort::OfService(port, span),
            _ => BackendPort::Unknown,
        },
    };
    Some(own(name, port))
}

fn of_number<'a>(number: &Spanned<i64>) -> BackendPort<'a> {
    match port_number(number.value) {
        Some(port) => BackendPort::OfService(PortRef::Number(port), number.span),
        None => BackendPort::Unknown,
    }
}

fn of_route<'a>(object: Object<'a>, spec: &'a RouteSpec) -> Vec<Backend<'a>> {
    let port = match spec.port.value().map(|port| &port.target_port) {
        None if spec.port.is_unknown() => BackendPort::Unknown,
        None | Some(Field::Absent) => BackendPort::Any,
        Some(port) => match (PortRef::of_field(port), port.span()) {
            (Some(port), Some(span)) => BackendPort::OfPods(port, span),
            _ => BackendPort::Unknown,
        },
    };
    let targets = std::iter::once(&spec.to).chain(spec.alternate_backends.items());
    let targets = targets.filter_map(Field::known);
    let services =
        targets.filter(|to| to.kind.is_absent() || to.kind.value().is_some_and(|k| k == "Service"));
    let backends = services.filter_map(|target| {
        Some(Backend {
            namespace: object.namespace(),
            other_namespace: None,
            service: target.name.known()?,
            port,
            span: target.span,
            role: role(&target.weight),
        })
    });
    backends.collect()
}

fn role(weight: &Field<i64>) -> Role {
    match weight.value() {
        Some(0) => Role::Idle,
        _ => Role::Serves,
    }
}

fn of_gateway_route<'a>(object: Object<'a>, spec: &'a GatewayRouteSpec) -> Vec<Backend<'a>> {
    let mut backends = Vec::new();
    for rule in spec.rules.items().iter().filter_map(Field::value) {
        let serving = rule.backend_refs.items().iter().filter_map(Field::known);
        backends.extend(serving.filter_map(|reference| {
            of_reference(object, &reference.value, reference.span, role(&reference.weight))
        }));
        let mirrors = rule.filters.items().iter().filter_map(Field::value);
        let mirrors = mirrors.filter_map(|filter| filter.request_mirror.value());
        backends.extend(mirrors.filter_map(|mirror| {
            let reference = mirror.backend_ref.known()?;
            of_reference(object, &reference.value, reference.span, Role::Mirror)
        }));
    }
    backends
}

fn of_reference<'a>(
    object: Object<'a>,
    reference: &'a ObjectReference,
    span: Span,
    role: Role,
) -> Option<Backend<'a>> {
    let is = |field: &Field<String>, default: &str| match field {
        Field::Absent => true,
        field => field.value().is_some_and(|value| value == default),
    };
    if !is(&reference.group, "") || !is(&reference.kind, "Service") {
        return None;
    }
    let port = match &reference.port {
        Field::Absent => BackendPort::Missing,
        Field::Known(number) => of_number(number),
        Field::Unknown(_) => BackendPort::Unknown,
    };
    if reference.namespace.is_unknown() {
        return None;
    }
    let written = reference.namespace.known().filter(|namespace| !namespace.value.is_empty());
    let own = object.namespace();
    Some(Backend {
        namespace: written.map_or(own, |namespace| namespace.value.as_str()),
        other_namespace: written.filter(|namespace| namespace.value != own),
        service: reference.name.known()?,
        port,
        span,
        role,
    })
}

/// The protocol that a way in forwards.
pub fn protocol(object: Object<'_>) -> Protocol {
    if object.kind() == "UDPRoute" { Protocol::Udp } else { Protocol::Tcp }
}
