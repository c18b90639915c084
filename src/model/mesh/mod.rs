//! What a service mesh, Istio or Linkerd, is told.
//!
//! Objects that pieces elsewhere are merged into are left out: nobody can say what they are in the
//! end. Who carries a proxy is in [`injection`], what hosts stand for in [`hosts`].

pub mod hosts;
pub mod injection;
pub mod linkerd;
pub mod matches;
pub mod mutual_tls;
pub mod plaintext;
pub mod protocol;
pub mod routes;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Network;
use super::namespaces::fold;
use super::object::Object;
pub use crate::ingest::istio::{
    AuthorizationPolicySpec, ClientTls, Destination, DestinationRuleSpec, Endpoint, GatewaySpec,
    HttpMatch, HttpRoute, L4Match, PeerAuthenticationSpec, PolicySelector, Port, RouteDestination,
    Server, ServerTls, ServiceEntrySpec, SidecarSpec, StringMatch, Subset, TrafficPolicy,
    VirtualServiceSpec,
};
use crate::ingest::{Body, istio::Istio};
use crate::source::Spanned;
use crate::syntax::decode::Field;
use hosts::HostName;

/// The namespace of Istio's control plane, and so of policies for the whole mesh, if nothing else
/// is written (`DefaultRootNamespace`, `pkg/config/constants`).
const ROOT_NAMESPACE: &str = "istio-system";

/// An object with what it says.
#[derive(Debug)]
pub struct Item<'a, T> {
    pub object: Object<'a>,
    pub spec: &'a T,
}

/// The objects of Istio, in the order of the files.
#[derive(Debug, Default)]
pub struct Mesh<'a> {
    pub virtual_services: Vec<Item<'a, VirtualServiceSpec>>,
    pub destination_rules: Vec<Item<'a, DestinationRuleSpec>>,
    pub gateways: Vec<Item<'a, GatewaySpec>>,
    pub service_entries: Vec<Item<'a, ServiceEntrySpec>>,
    pub sidecars: Vec<Item<'a, SidecarSpec>>,
    pub peer_authentications: Vec<Item<'a, PeerAuthenticationSpec>>,
    pub authorization_policies: Vec<Item<'a, AuthorizationPolicySpec>>,
    /// Whose policies are for the whole mesh; `None` when that cannot be known.
    pub root_namespace: Option<&'a str>,
    /// Whether any object of Istio is there.
    pub has_istio: bool,
    /// Whether any policy of Linkerd is there.
    pub has_linkerd_policies: bool,
    /// By host, the ServiceEntries that have it.
    entries_by_host: FxHashMap<HostName<'a>, Vec<usize>>,
    /// ServiceEntries with a host that has a wildcard.
    wildcard_entries: Vec<(&'a str, usize)>,
    /// Whether some ServiceEntry has hosts that cannot be known.
    unknown_entries: bool,
    rules_by_host: FxHashMap<HostName<'a>, Vec<usize>>,
    wildcard_rules: Vec<(&'a str, usize)>,
    /// By folded namespace and name.
    gateways_by_name: FxHashMap<(&'a str, &'a str), usize>,
    /// Kinds and names of objects that are patched.
    patched: FxHashSet<(&'a str, &'a str)>,
    /// Objects that are left out because of it.
    hidden: Vec<(Object<'a>, &'a Istio)>,
}

impl<'a> Mesh<'a> {
    /// `patches` are pieces that are merged into other objects.
    pub fn new(objects: &[Object<'a>], patches: &[Object<'a>]) -> Mesh<'a> {
        let mut mesh = Mesh { root_namespace: Some(ROOT_NAMESPACE), ..Mesh::default() };
        mesh.patched = patches.iter().map(|patch| (patch.kind(), patch.name())).collect();
        for object in objects {
            mesh.has_linkerd_policies |= object.resource.group() == "policy.linkerd.io";
            if let Body::Istio(istio) = object.body() {
                mesh.has_istio = true;
                mesh.add(*object, istio);
            }
        }
        mesh.index();
        mesh
    }

    fn add(&mut self, object: Object<'a>, istio: &'a Istio) {
        if self.is_patched(object) {
            self.unknown_entries |= matches!(istio, Istio::ServiceEntry(_));
            self.hidden.push((object, istio));
            return;
        }
        match istio {
            Istio::AuthorizationPolicy(spec) => {
                self.authorization_policies.push(Item { object, spec });
            }
            Istio::DestinationRule(spec) => self.destination_rules.push(Item { object, spec }),
            Istio::Gateway(spec) => self.gateways.push(Item { object, spec }),
            Istio::Operator(spec) => {
                match (&spec.mesh_config, spec.mesh_config.value().map(|it| &it.root_namespace)) {
                    (Field::Absent, _) | (_, Some(Field::Absent)) => {}
                    (_, Some(Field::Known(namespace))) => {
                        self.root_namespace = Some(&namespace.value);
                    }
                    _ => self.root_namespace = None,
                }
            }
            Istio::PeerAuthentication(spec) => {
                self.peer_authentications.push(Item { object, spec });
            }
            Istio::ServiceEntry(spec) => self.service_entries.push(Item { object, spec }),
            Istio::Sidecar(spec) => self.sidecars.push(Item { object, spec }),
            Istio::VirtualService(spec) => self.virtual_services.push(Item { object, spec }),
        }
    }

    fn index(&mut self) {
        for (index, entry) in self.service_entries.iter().enumerate() {
            self.unknown_entries |= entry.spec.hosts.is_unknown();
            for host in entry.spec.hosts.items() {
                let Some(host) = host.value() else {
                    self.unknown_entries = true;
                    continue;
                };
                match hosts::host_name(host, entry.object.namespace()) {
                    HostName::Wildcard(host) => self.wildcard_entries.push((host, index)),
                    name => self.entries_by_host.entry(name).or_default().push(index),
                }
            }
        }
        for (index, gateway) in self.gateways.iter().enumerate() {
            let key = (fold(gateway.object.namespace()), gateway.object.name());
            self.gateways_by_name.entry(key).or_insert(index);
        }
        for (index, rule) in self.destination_rules.iter().enumerate() {
            let Some(host) = rule.spec.host.value() else { continue };
            match hosts::host_name(host, rule.object.namespace()) {
                HostName::Wildcard(host) => self.wildcard_rules.push((host, index)),
                name => self.rules_by_host.entry(name).or_default().push(index),
            }
        }
    }

    /// The ServiceEntries that have a host by its own name.
    pub fn entries(&self, host: HostName<'_>) -> Vec<&Item<'a, ServiceEntrySpec>> {
        let found = self.entries_by_host.get(&host).map_or(&[][..], Vec::as_slice);
        found.iter().map(|index| &self.service_entries[*index]).collect()
    }

    /// Whether a ServiceEntry has the host, by its own name or by a wildcard, or may.
    pub fn may_have_entry(&self, host: HostName<'_>) -> bool {
        self.unknown_entries
            || !self.entries(host).is_empty()
            || self.wildcard_entries.iter().any(|(wildcard, _)| {
                host.spellings().iter().any(|host| hosts::matches(wildcard, host))
            })
    }

    /// The DestinationRules of a host, without those of wildcards.
    pub fn rules(&self, host: HostName<'_>) -> Vec<&Item<'a, DestinationRuleSpec>> {
        let found = self.rules_by_host.get(&host).map_or(&[][..], Vec::as_slice);
        found.iter().map(|index| &self.destination_rules[*index]).collect()
    }

    /// The DestinationRules whose wildcard takes in a host.
    pub fn wildcard_rules(&self, host: HostName<'_>) -> Vec<&Item<'a, DestinationRuleSpec>> {
        let spellings = host.spellings();
        let rules = self.wildcard_rules.iter();
        let rules =
            rules.filter(|(wildcard, _)| spellings.iter().any(|it| hosts::matches(wildcard, it)));
        rules.map(|(_, index)| &self.destination_rules[*index]).collect()
    }

    /// Whether a patched DestinationRule is one of a host.
    pub fn has_patched_rule(&self, host: HostName<'_>) -> bool {
        self.hidden.iter().any(|(object, istio)| match istio {
            Istio::DestinationRule(spec) => spec
                .host
                .value()
                .is_none_or(|own| hosts::host_name(own, object.namespace()) == host),
            _ => false,
        })
    }

    /// Every Gateway, those that are patched included.
    pub fn all_gateways(&self) -> impl Iterator<Item = Object<'a>> {
        let hidden = self.hidden.iter().filter(|(_, istio)| matches!(istio, Istio::Gateway(_)));
        let hidden = hidden.map(|(object, _)| *object);
        self.gateways.iter().map(|gateway| gateway.object).chain(hidden)
    }

    /// Whether pieces elsewhere are merged into an object.
    pub fn is_patched(&self, object: Object<'_>) -> bool {
        self.patched.contains(&(object.kind(), object.name()))
    }

    /// The Gateway that a VirtualService names, if it is in view.
    pub fn gateway(&self, reference: &GatewayRef<'_>) -> Option<&Item<'a, GatewaySpec>> {
        let index = self.gateways_by_name.get(&(fold(reference.namespace), reference.name))?;
        Some(&self.gateways[*index])
    }
}

impl Network<'_> {
    /// Whether two objects are surely of one cluster. Where files were taken for several clusters,
    /// those beside them belong to each, and may be meant for one.
    pub fn are_together(&self, one: Object<'_>, other: Object<'_>) -> bool {
        let folder = |object: Object<'_>| match object.path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => String::new(),
        };
        let (one, other) = (folder(one), folder(other));
        self.settings.name.is_empty() || one.starts_with(&other) || other.starts_with(&one)
    }
}

/// A Gateway by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayRef<'r> {
    /// The key of its namespace, see [`Object::namespace`].
    pub namespace: &'r str,
    pub name: &'r str,
}

impl<'a> Item<'a, VirtualServiceSpec> {
    /// Whether proxies of workloads follow it; `None` when that cannot be known.
    pub fn is_for_mesh(&self) -> Option<bool> {
        match &self.spec.gateways {
            Field::Absent => Some(true),
            Field::Unknown(_) => None,
            Field::Known(gateways) if gateways.value.is_empty() => Some(true),
            Field::Known(gateways) => {
                let mut known = true;
                for gateway in &gateways.value {
                    match gateway.value() {
                        Some(gateway) if gateway == "mesh" => return Some(true),
                        Some(_) => {}
                        None => known = false,
                    }
                }
                known.then_some(false)
            }
        }
    }

    /// The Gateways that it names, without `mesh`, and where.
    pub fn gateways(&self) -> impl Iterator<Item = (GatewayRef<'a>, &'a Spanned<String>)> {
        let own = self.object.namespace();
        let names = self.spec.gateways.items().iter().filter_map(Field::known);
        names.filter(|name| name.value != "mesh").map(move |name| (gateway_ref(name, own), name))
    }

    /// Whether it has no hosts and is only what another one delegates to.
    pub fn is_delegate(&self) -> bool {
        self.spec.hosts.is_absent() || self.spec.hosts.value().is_some_and(Vec::is_empty)
    }
}

/// `name`, `namespace/name`, or the older `name.namespace.svc.cluster.local`.
fn gateway_ref<'r>(name: &'r str, own: &'r str) -> GatewayRef<'r> {
    if let Some((namespace, name)) = name.split_once('/') {
        return GatewayRef { namespace, name };
    }
    let mut labels = name.split('.');
    match (labels.next(), labels.next()) {
        (Some(name), Some(namespace)) => GatewayRef { namespace, name },
        _ => GatewayRef { namespace: own, name },
    }
}

/// The namespaces that an object is for, as far as they are known: `*` for all of them.
pub fn exported_to<'e>(export_to: &'e Field<Vec<Field<String>>>, own: &'e str) -> Vec<&'e str> {
    let items = export_to.items();
    if items.is_empty() {
        return if export_to.is_unknown() { Vec::new() } else { vec!["*"] };
    }
    let names = items.iter().filter_map(|item| item.value());
    names.map(|name| if name == "." { fold(own) } else { name.as_str() }).collect()
}
