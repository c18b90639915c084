//! What rules about Ingresses and those about routes of Gateway API say alike of backends.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::missing_services::Evidence;
use crate::model::namespaces::is_known;
use crate::model::ports::PortRef;
use crate::model::routes::{Backend, BackendPort, Role, Route, RouteKind};
use crate::model::services::Service;
use crate::model::{Network, Resolution};
use crate::rules::wording::some_of;

/// Backends of some ways in that get requests, of the objects that somebody installs.
pub fn serving<'n, 'a>(
    network: &'n Network<'a>,
    is_meant: impl Fn(RouteKind) -> bool,
) -> impl Iterator<Item = (&'n Route<'a>, &'n Backend<'a>)> {
    network.routes.backends().filter(move |(route, backend)| {
        is_meant(route.kind) && backend.role != Role::Idle && !route.object.is_chart_default()
    })
}

/// A backend whose Service is not there, as far as something speaks for it.
pub fn missing<'a>(
    network: &Network<'a>,
    route: &Route<'a>,
    backend: &Backend<'a>,
) -> Option<Diagnostic> {
    let Resolution::Absent = network.routes.services(backend, &network.services) else {
        return None;
    };
    let evidence = network.missing_services.evidence(network, route, backend)?;
    let name = &backend.service.value;
    let who = title(route);
    let place = backend.service.label("");
    let in_namespace = match is_known(backend.namespace) {
        true => format!(" in namespace `{}`", backend.namespace),
        false => String::new(),
    };
    let message = format!("{who} leads to a Service `{name}`, and none{in_namespace} is in view");
    let diagnostic = Diagnostic::new(Severity::Error, place, message);
    Some(match evidence {
        Evidence::Near(near) => diagnostic
            .related(near.object.label(format!("did you mean `{}`?", near.object.name())))
            .help("without its Service, requests to this backend are answered with an error; name one that is there"),
        Evidence::OtherName(workload, service) => diagnostic
            .related(service.object.label(format!("the Service of `{}`", workload.title())))
            .related(workload.object.label("the name is that of these pods' workload"))
            .help(format!("lead to the Service: `{}`", service.object.name())),
        Evidence::NoService(workload) => Diagnostic { severity: Severity::Warning, ..diagnostic }
            .related(workload.object.label("no Service in view selects these pods"))
            .help(format!("add a Service `{name}` that selects the pods of `{}`", workload.title())),
        Evidence::Elsewhere(service) => Diagnostic { severity: Severity::Warning, ..diagnostic }
            .related(service.object.label(format!("this one is in namespace `{}`", service.namespace)))
            .help(other_namespace_help(route.kind)),
        Evidence::Others => Diagnostic { severity: Severity::Info, ..diagnostic },
    })
}

fn other_namespace_help(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Ingress | RouteKind::OpenShift => {
            "an Ingress reaches Services of its own namespace alone: put it beside the Service"
        }
        RouteKind::Gateway => {
            "without `namespace`, a backend is looked up in the route's own: write it, and allow it with a ReferenceGrant there"
        }
    }
}

/// A backend whose Service has no such port.
pub fn wrong_port(
    network: &Network<'_>,
    route: &Route<'_>,
    backend: &Backend<'_>,
) -> Option<Diagnostic> {
    let (wanted, span) = match backend.port {
        BackendPort::OfService(wanted, span) | BackendPort::OfPods(wanted, span) => (wanted, span),
        BackendPort::Any | BackendPort::Missing | BackendPort::Unknown => return None,
    };
    let services = network.routes.services(backend, &network.services).found()?;
    // With variants of one Service in view, the one that has the port may be meant.
    if !services.iter().all(|service| !service.is_patched && lacks(service, backend.port)) {
        return None;
    }
    let service = services.first()?;
    let name = service.object.name();
    let ports: Vec<String> =
        service.ports().map(|view| own_port(&view.number, view.source.name.value())).collect();
    let target = service.ports().find(|view| view.target == Some(wanted));
    let what = match wanted {
        PortRef::Number(_) => format!("no port {wanted}"),
        PortRef::Name(_) => format!("no port named `{wanted}`"),
    };
    let message = format!("{} leads to Service `{name}`, which has {what}", title(route));
    let is_ingress = route.kind == RouteKind::Ingress;
    let patched = network.objects.iter().any(|object| object.kind() == "Kustomization");
    // ingress-nginx takes the ports of the pods, too.
    let severity = match patched || (is_ingress && target.is_some()) {
        true => Severity::Warning,
        false => Severity::Error,
    };
    let related = match &target {
        Some(view) => {
            let span = view.source.target_port.span().unwrap_or(view.span);
            let own = own_port(&view.number, view.source.name.value());
            span.label(format!("the port of the pods, behind port {own} of the Service"))
        }
        None => service.object.label(format!("its ports: {}", some_of(&ports, "ports"))),
    };
    let help = match target.and_then(|view| view.number) {
        Some(number) => format!("name the port of the Service: {number}"),
        None => "name a port that the Service has".to_owned(),
    };
    Some(Diagnostic::new(severity, span.label(""), message).related(related).help(help))
}

/// Whether a Service surely has no port that is meant.
fn lacks(service: &Service<'_>, port: BackendPort<'_>) -> bool {
    let all_known = service.spec.ports.items().iter().all(|port| !port.is_unknown())
        && !service.spec.ports.is_unknown();
    let mut views = service.ports();
    let no_view_may = !views.any(|view| {
        let by_pods = matches!(port, BackendPort::OfPods(PortRef::Number(_), _))
            && !matches!(view.target, Some(PortRef::Number(_)));
        port.means(&view)
            || by_pods
            || view.source.port.is_unknown()
            || view.source.name.is_unknown()
    });
    // An alias has what it leads to, and one without ports what its endpoints have.
    all_known && no_view_may && service.ports().next().is_some() && !service.is_external_name()
}

fn own_port(number: &Option<u16>, name: Option<&String>) -> String {
    match (number, name) {
        (Some(number), Some(name)) => format!("{number} ({name})"),
        (Some(number), None) => number.to_string(),
        (None, Some(name)) => name.clone(),
        (None, None) => "?".to_owned(),
    }
}

/// `` Ingress `shop` ``.
pub fn title(route: &Route<'_>) -> String {
    let object = route.object;
    match object.name() {
        // A template fills it in.
        "" => object.kind().to_owned(),
        name => format!("{} `{name}`", object.kind()),
    }
}
