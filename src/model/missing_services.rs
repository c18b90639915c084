//! What speaks for it that a Service which is named, and which no file has, is not there at all.
//! Files are a partial view: a chart, an operator or another repository may make it.

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

/// What may make Services, and the Services of each namespace.
#[derive(Debug, Default)]
pub struct MissingServices<'a> {
    /// Names of objects that may make Services.
    makers: FxHashSet<&'a str>,
    /// Names of objects that may make a Service of their own name.
    namesakes: FxHashSet<&'a str>,
    /// Whether a chart is installed into a namespace that the files do not tell.
    installs_anywhere: bool,
    /// Folded namespaces that charts are installed into.
    installs_into: FxHashSet<&'a str>,
    /// By folded namespace.
    services: FxHashMap<&'a str, Vec<usize>>,
    by_name: FxHashMap<&'a str, Vec<usize>>,
}

/// Beyond so many Services of one namespace, looking for what was meant costs too much.
const MAX_SERVICES: usize = 500;

impl<'a> MissingServices<'a> {
    pub fn new(objects: &[Object<'a>], services: &Services<'a>) -> MissingServices<'a> {
        let mut found = MissingServices::default();
        for object in objects {
            found.add_maker(*object);
        }
        for (index, service) in services.all.iter().enumerate() {
            found.services.entry(fold(service.namespace)).or_default().push(index);
            found.by_name.entry(service.object.name()).or_default().push(index);
        }
        found
    }

    fn add_maker(&mut self, object: Object<'a>) {
        if may_make_services(object) {
            self.makers.insert(object.name());
        }
        match object.body() {
            Body::Release(_) if matches!(object.kind(), "HelmRelease" | "HelmChart") => {
                self.installs_into.insert(fold(object.namespace()));
                self.namesakes.insert(object.name());
            }
            Body::Release(_) => self.installs_anywhere = true,
            Body::Other => {
                self.namesakes.insert(object.name());
            }
            _ if object.resource.group() == "serving.knative.dev" => {
                self.namesakes.insert(object.name());
            }
            _ => {}
        }
    }

    /// Whether something in view may make a Service of a name: what installs charts, and custom
    /// resources of its name.
    pub fn may_be_made(&self, namespace: &str, name: &str) -> bool {
        self.installs_anywhere
            || self.installs_into.contains(fold(namespace))
            || self.namesakes.contains(name)
    }

    /// Services of a namespace, of which there may be more.
    pub fn of_namespace<'n>(
        &'n self,
        services: &'n Services<'a>,
        namespace: &str,
    ) -> impl Iterator<Item = &'n Service<'a>> + Clone {
        let indices = self.services.get(fold(namespace)).map_or(&[][..], Vec::as_slice);
        indices.iter().take(MAX_SERVICES).map(|index| &services.all[*index])
    }

    /// Services of a name, in whatever namespace.
    pub fn named<'n>(
        &'n self,
        services: &'n Services<'a>,
        name: &str,
    ) -> impl Iterator<Item = &'n Service<'a>> {
        let indices = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| &services.all[*index])
    }

    /// The only Service of a name, in whatever namespace.
    pub fn only<'n>(&'n self, services: &'n Services<'a>, name: &str) -> Option<&'n Service<'a>> {
        let mut named = self.named(services, name);
        let only = named.next()?;
        named.next().is_none().then_some(only)
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
        let services = &network.services;
        let is_near = |service: &&Service<'a>| is_slip(name, service.object.name());
        // Files that leave the namespace open are often meant for several.
        let is_beside = |service: &&Service<'a>| {
            is_known(backend.namespace) || folder(service.object.path) == folder(route.object.path)
        };
        let mut around = network.missing_services.of_namespace(services, backend.namespace);
        if let Some(near) = around.clone().filter(is_beside).find(is_near) {
            return Some(Evidence::Near(near));
        }
        if backend.other_namespace.is_none()
            && let Some(workload) = namesake(network, route.object, name)
        {
            let selecting = services.of_class(workload.class).find(|service| {
                service.selected.iter().any(|(class, yes)| *class == workload.class && yes.is_yes())
            });
            return Some(match selecting {
                Some(service) => Evidence::OtherName(workload, service),
                None => Evidence::NoService(workload),
            });
        }
        if let Some(only) = network.missing_services.only(services, name)
            && is_known(backend.namespace)
            && is_known(only.namespace)
        {
            return Some(Evidence::Elsewhere(only));
        }
        around.any(|service| is_beside(&service)).then_some(Evidence::Others)
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
