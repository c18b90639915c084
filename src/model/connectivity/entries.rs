//! Where requests from outside enter: the pods behind Ingresses and routes.

use super::endpoints::Endpoints;
use super::traffic::Traffic;
use crate::model::object::Object;
use crate::model::ports::PortRef;
use crate::model::routes::{self, Role, Routes};
use crate::model::services::{Service, ServicePortView, Services};
use crate::model::workloads::Workloads;

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
    routes: &Routes<'a>,
    services: &Services<'a>,
    workloads: &Workloads<'a>,
    endpoints: &Endpoints<'a>,
) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    for (route, backend) in routes.backends().filter(|(_, backend)| backend.role == Role::Serves) {
        let name = &backend.service.value;
        let Some(service) = services.get(backend.namespace, name) else { continue };
        for view in service.ports().filter(|view| backend.port.means(view)) {
            lead(route.object, service, &view, workloads, endpoints, &mut found);
        }
    }
    found
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
            if let Some(port) = port.filter(|_| protocol == routes::protocol(object)) {
                let traffic = Traffic::ports(protocol, port, port);
                found.push(Entry { object, endpoint: *endpoint, traffic });
            }
        }
    }
}
