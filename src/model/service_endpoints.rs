//! What lies behind Services without a selector, as Endpoints and EndpointSlices say it.
//!
//! The control plane writes such objects, too, for Services that have a selector; then the
//! selector is asked, and these are not.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::namespaces::fold;
use super::object::Object;
use super::ports::{Protocol, port_number};
use super::services::Service;
use crate::ingest::Body;
use crate::ingest::kubernetes::{EndpointPort, Kubernetes, TargetReference};
use crate::source::Span;
use crate::syntax::decode::Field;

/// The label of an EndpointSlice that says whose it is.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Addresses with the ports that they all have.
#[derive(Debug)]
pub struct GivenEndpoints<'a> {
    pub object: Object<'a>,
    pub places: Vec<GivenPlace<'a>>,
    pub ports: Vec<GivenPort<'a>>,
    /// Whether all of it can be known.
    pub is_known: bool,
}

#[derive(Debug)]
pub struct GivenPlace<'a> {
    pub address: IpAddr,
    pub span: Span,
    /// Namespace and name of the pod that has it.
    pub pod: Option<(&'a str, &'a str)>,
}

#[derive(Clone, Copy, Debug)]
pub struct GivenPort<'a> {
    /// That of the Service's port; empty for none.
    pub name: &'a str,
    pub protocol: Protocol,
    pub number: u16,
}

#[derive(Debug, Default)]
pub struct ServiceEndpoints<'a> {
    /// By folded namespace and name of the Service.
    of_service: FxHashMap<(&'a str, &'a str), Vec<GivenEndpoints<'a>>>,
}

impl<'a> ServiceEndpoints<'a> {
    pub fn new(objects: &[Object<'a>]) -> ServiceEndpoints<'a> {
        let mut endpoints = ServiceEndpoints::default();
        for object in objects {
            match object.body() {
                Body::Kubernetes(Kubernetes::Endpoints(written)) => {
                    for subset in written.subsets.items().iter().filter_map(Field::value) {
                        let places = subset.addresses.items().iter().map(|address| {
                            let address = address.value()?;
                            place(*object, &address.ip, &address.target_ref)
                        });
                        let given = given(*object, places.collect(), subset.ports.items());
                        endpoints.add(*object, object.name(), given);
                    }
                }
                Body::Kubernetes(Kubernetes::EndpointSlice(slice)) => {
                    let labels = object.resource.metadata.labels.value();
                    let service = labels.and_then(|labels| labels.get(SERVICE_NAME)?.value());
                    let Some(service) = service else { continue };
                    let places = slice.endpoints.items().iter().flat_map(|endpoint| {
                        let endpoint = endpoint.value();
                        let addresses = endpoint.map_or(&[][..], |e| e.addresses.items());
                        let places =
                            addresses.iter().map(|ip| place(*object, ip, &endpoint?.target_ref));
                        places.collect::<Vec<_>>()
                    });
                    let given = given(*object, places.collect(), slice.ports.items());
                    endpoints.add(*object, service, given);
                }
                _ => {}
            }
        }
        endpoints
    }

    fn add(&mut self, object: Object<'a>, service: &'a str, given: GivenEndpoints<'a>) {
        let key = (fold(object.namespace()), service);
        self.of_service.entry(key).or_default().push(given);
    }

    pub fn of(&self, service: &Service<'a>) -> &[GivenEndpoints<'a>] {
        let key = (fold(service.namespace), service.object.name());
        self.of_service.get(&key).map_or(&[], Vec::as_slice)
    }
}

fn place<'a>(
    object: Object<'a>,
    address: &Field<String>,
    target: &'a Field<TargetReference>,
) -> Option<GivenPlace<'a>> {
    let written = address.known()?;
    let target = target.value().filter(|target| target.kind.value().is_some_and(|k| k == "Pod"));
    let pod = target.and_then(|target| {
        let namespace = target.namespace.value().map_or(object.namespace(), String::as_str);
        Some((namespace, target.name.value()?.as_str()))
    });
    Some(GivenPlace { address: written.value.parse().ok()?, span: written.span, pod })
}

fn given<'a>(
    object: Object<'a>,
    places: Vec<Option<GivenPlace<'a>>>,
    ports: &'a [Field<EndpointPort>],
) -> GivenEndpoints<'a> {
    let ports: Vec<Option<GivenPort<'a>>> = ports
        .iter()
        .map(|port| {
            let port = port.value()?;
            Some(GivenPort {
                name: port.name.value().map_or("", String::as_str),
                protocol: Protocol::of_field(&port.protocol)?,
                number: port_number(*port.port.value()?)?,
            })
        })
        .collect();
    let is_known = places.iter().all(Option::is_some) && ports.iter().all(Option::is_some);
    let (places, ports) = (places.into_iter().flatten(), ports.into_iter().flatten());
    GivenEndpoints { object, places: places.collect(), ports: ports.collect(), is_known }
}
