//! What speaks for it that a Service which a way in leads to, and no file has, is not there at
//! all. Files are a partial view: a chart, an operator or another repository may make it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Network;
use super::namespaces::{fold, is_known};
use super::near_miss::is_slip;
use super::object::Object;
use super::routes::{Backend, Route};
use super::services::{Service, Services};
use super::workloads::Workload;
use crate::ingest::Body;

/// The strongest first.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'n, 'a> {
    /// A Service of the namespace has nearly the name.
    Near(&'n Service<'a>),
    /// The name is that of a workload, and a Service with another name selects its pods.
    OtherName(&'n Workload<'a>, &'n Service<'a>),
    /// The name is that of a workload, and no Service in view selects its pods.
    NoService(&'n Workload<'a>),
    /// It is in another namespace.
    Elsewhere(&'n Service<'a>),
    /// Other Services of the namespace are in view, and this one is not.
    Others,
}

/// Names of what may make Services, and the Services of each namespace.
#[derive(Debug, Default)]
pub struct MissingServices<'a> {
    makers: FxHashSet<&'a str>,
    /// By folded namespace.
    services: FxHashMap<&'a str, Vec<usize>>,
    by_name: FxHashMap<&'a str, Vec<usize>>,
}

/// Beyond so many Services of one namespace, looking for what was meant costs too much.
const MAX_SERVICES: usize = 500;

impl<'a> MissingServices<'a> {
    pub fn new(objects: &[Object<'a>], services: &Services<'a>) -> MissingServices<'a> {
        let makers = objects.iter().filter(|object| may_make_services(**object));
        let mut found = MissingServices {
            makers: makers.map(|object| object.name()).collect(),
            ..MissingServices::default()
        };
        for (index, service) in services.all.iter().enumerate() {
            found.services.entry(fold(service.namespace)).or_default().push(index);
            found.by_name.entry(service.object.name()).or_default().push(index);
        }
        found
    }

    /// What speaks against a backend that no Service in view is meant by.
    pub fn evidence<'n>(
        &self,
        network: &'n Network<'a>,
        route: &Route<'a>,
        backend: &Backend<'a>,
    ) -> Option<Evidence<'n, 'a>> {
        let name = backend.service.value.as_str();
        if name.is_empty() || self.is_made_elsewhere(network, backend) {
            return None;
        }
        let services = &network.services.all;
        let around = self.services.get(fold(backend.namespace)).map_or(&[][..], Vec::as_slice);
        let is_near = |service: &&Service<'a>| is_slip(name, service.object.name());
        // Files that leave the namespace open are often meant for several.
        let is_beside = |service: &&Service<'a>| {
            is_known(backend.namespace) || folder(service.object.path) == folder(route.object.path)
        };
        let mut beside = around.iter().take(MAX_SERVICES).map(|index| &services[*index]);
        if let Some(near) = beside.clone().filter(is_beside).find(is_near) {
            return Some(Evidence::Near(near));
        }
        if backend.other_namespace.is_none()
            && let Some(workload) = namesake(network, route.object, name)
        {
            let selecting = network.services.of_class(workload.class).find(|service| {
                service.selected.iter().any(|(class, yes)| *class == workload.class && yes.is_yes())
            });
            return Some(match selecting {
                Some(service) => Evidence::OtherName(workload, service),
                None => Evidence::NoService(workload),
            });
        }
        let same_name = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        if let [index] = same_name
            && is_known(backend.namespace)
            && is_known(services[*index].namespace)
        {
            return Some(Evidence::Elsewhere(&services[*index]));
        }
        beside.any(|service| is_beside(&service)).then_some(Evidence::Others)
    }

    fn is_made_elsewhere(&self, network: &Network<'_>, backend: &Backend<'_>) -> bool {
        let name = backend.service.value.as_str();
        let external = network.settings.external_services.iter();
        let mut external = external.filter_map(|service| service.value.split_once('.'));
        let mut parts = name.match_indices('-').map(|(at, _)| &name[..at]).chain([name]);
        external.any(|(own, namespace)| own == name && namespace == backend.namespace)
            || parts.any(|part| self.makers.contains(part))
    }
}

/// Groups of kinds that make no Services, beside the built-in ones.
const PASSIVE_GROUPS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "cert-manager.io",
    "external-secrets.io",
    "keda.sh",
    "monitoring.coreos.com",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Charts, and custom resources of which an operator may make anything.
fn may_make_services(object: Object<'_>) -> bool {
    let group = object.resource.group();
    match object.body() {
        Body::Release(_) => true,
        // Groups of built-in kinds have no dot, but for those of the list.
        Body::Other => group.contains('.') && !PASSIVE_GROUPS.contains(&group),
        _ => false,
    }
}

/// The workload beside an object that has a name.
fn namesake<'n, 'a>(
    network: &'n Network<'a>,
    object: Object<'a>,
    name: &str,
) -> Option<&'n Workload<'a>> {
    let serves = |workload: &&Workload<'_>| {
        let kind = workload.object.kind();
        matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "Pod" | "ReplicationController")
    };
    let classes = network.workloads.around(object).iter();
    let workloads = classes.flat_map(|class| network.workloads.members(*class)).filter(serves);
    workloads.into_iter().find(|workload| workload.object.name() == name)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
