//! Compose projects and Swarm stacks: their services, the networks that these are on, the names
//! that they have there, and the ports that they publish.
//!
//! Each project is a scope of its own: nothing here compares two of them. One file may be part of
//! several projects, for each of the files that may be put upon it; so what a rule finds must be
//! told once by its place. What a variable decides that has no value and no default is not known.
//! Whether images, volumes or secrets are there is not looked at.

pub mod calls;
mod files;
mod merge;
mod network;
mod paths;
mod ports;
mod service;
mod value;
mod variables;

pub use files::{FileOf, ProjectKind};
pub use network::{ComposeNetwork, Membership, NetworkIdentity, Pool};
pub use ports::{Port, PortRange};
pub use service::{Dependency, Deploy, How, Key, Link, NetworkMode, Service, Told};

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use crate::ingest::compose::Layout;

use super::Field;
use super::object::Object;
use crate::ingest::compose::Value;
use crate::source::{FileId, Span, Spanned};
use files::{Assembled, Folder};

/// Every project, in the order of their files.
#[derive(Debug, Default)]
pub struct Compose {
    pub projects: Vec<Project>,
}

/// What some files say together.
#[derive(Debug)]
pub struct Project {
    /// The first one is the base; of an included file only what it brings counts.
    pub files: Vec<FileOf>,
    pub kind: ProjectKind,
    /// `name:`
    pub name: Field<String>,
    pub services: Vec<Service>,
    pub networks: Vec<ComposeNetwork>,
    /// Something is included that is not in view: there may be more services and networks.
    pub is_open: bool,
    /// Services that extend one which is not where they look for it, with that one.
    pub missing_bases: Vec<(String, Spanned<String>)>,
    /// The key `networks`, when there is one, and where it could be written otherwise.
    pub networks_key: Option<Key>,
    pub end: Option<Span>,
    service_index: FxHashMap<String, usize>,
    network_index: FxHashMap<String, usize>,
    folder: Option<Arc<Folder>>,
}

impl Compose {
    pub fn new(objects: &[Object<'_>]) -> Compose {
        let projects = files::assemble(objects).into_iter().map(Project::new).collect();
        Compose { projects }
    }
}

impl Project {
    fn new(assembled: Assembled) -> Project {
        let Assembled { files, kind, root, is_open, open_services, .. } = assembled;
        let Assembled { missing_bases, folder, environments, .. } = assembled;
        let place = root.span;
        let key = |name: &str| root.entry(name);
        let start = key("services").map_or(place, |(key, _)| key.span);
        let mut services = Vec::new();
        for (name, value) in key("services").map_or(&[][..], |(_, value)| value.entries()) {
            let mut service = Service::read(name, value, open_services.contains(&name.value));
            for file in environments.get(&name.value).into_iter().flatten() {
                service.told.extend(file.variables.iter().map(|(name, text)| Told {
                    how: How::Variable(name.clone()),
                    text: text.clone(),
                    is_written: false,
                    in_file: true,
                }));
            }
            services.push(service);
        }
        let mut networks: Vec<ComposeNetwork> = key("networks")
            .map_or(&[][..], |(_, value)| value.entries())
            .iter()
            .map(|(key, value)| ComposeNetwork::read(key, value))
            .collect();
        if networks.iter().all(|network| network.key.value != "default") {
            networks.push(ComposeNetwork::implicit(start));
        }
        let index = |names: Vec<&str>| {
            names.into_iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect()
        };
        let networks_key = key("networks").map(|(key, value)| Key {
            span: key.span,
            value: value.span,
            layout: value.layout().clone(),
            first: value.entries().first().map(|(key, _)| key.span),
        });
        let end = last_end(&root);
        Project {
            service_index: index(services.iter().map(|it| it.name.value.as_str()).collect()),
            network_index: index(networks.iter().map(|it| it.key.value.as_str()).collect()),
            files,
            kind,
            name: value::setting(root.get("name")),
            services,
            networks,
            is_open,
            missing_bases,
            networks_key,
            end,
            folder,
        }
    }

    pub fn service(&self, name: &str) -> Option<&Service> {
        self.service_index.get(name).map(|index| &self.services[*index])
    }

    pub fn network(&self, key: &str) -> Option<&ComposeNetwork> {
        self.network_index.get(key).map(|index| &self.networks[*index])
    }

    /// Whether a service may be in a file that is not in view, or that may be put beside these.
    pub fn may_have_service(&self, name: &str) -> bool {
        self.is_open || self.is_elsewhere(|folder| folder.services.contains(name))
    }

    pub fn may_have_network(&self, key: &str) -> bool {
        self.is_open || self.is_elsewhere(|folder| folder.networks.contains(key))
    }

    /// Whether another file of the folder has something, or includes files that may.
    fn is_elsewhere(&self, has: impl Fn(&Folder) -> bool) -> bool {
        let Some(folder) = &self.folder else { return false };
        let is_own = |file: &FileId| self.files.iter().any(|own| own.file == *file);
        has(folder) || !folder.including.iter().all(is_own)
    }

    /// Whether something says that it is for a swarm: its file's name, settings of `deploy` that
    /// nothing else reads, or networks of the driver `overlay`.
    pub fn is_for_swarm(&self) -> bool {
        let named = |file: &FileOf| {
            let name = paths::name(&file.path).to_ascii_lowercase();
            name.split(['.', '-', '_']).any(|word| matches!(word, "stack" | "swarm"))
                || paths::folder(&file.path)
                    .split(['/', '-', '_'])
                    .any(|word| matches!(word, "stack" | "stacks" | "swarm"))
        };
        self.files.iter().any(named)
            || self.services.iter().any(|service| service.deploy.is_for_swarm)
    }

    /// Where a service is, as far as the files tell.
    pub fn attachment<'p>(&'p self, service: &'p Service) -> Attachment<'p> {
        let mut service = service;
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        while seen.insert(&service.name.value) {
            if service.is_open || service.has_unknown_networks || service.has_provider {
                return Attachment::Unknown;
            }
            let mode = match &service.network_mode {
                Field::Absent => return Attachment::Networks(service),
                Field::Unknown(_) => return Attachment::Unknown,
                Field::Known(_) if !service.memberships.is_empty() => return Attachment::Unknown,
                Field::Known(mode) => mode,
            };
            match &mode.value {
                NetworkMode::Bridge => return Attachment::DefaultBridge(mode),
                NetworkMode::Host => return Attachment::Host(mode),
                NetworkMode::None => return Attachment::Nothing(mode),
                NetworkMode::Container(_) | NetworkMode::Network(_) => {
                    return Attachment::Unknown;
                }
                NetworkMode::Service(name) => match self.service(name) {
                    Some(other) => service = other,
                    None => return Attachment::Unknown,
                },
            }
        }
        Attachment::Unknown
    }

    /// The ports of the host that a service opens: none on the network of its host, and none where
    /// all of its networks are internal.
    pub fn published<'p>(&'p self, service: &'p Service) -> &'p [Port] {
        match self.attachment(service) {
            Attachment::Networks(own) if self.internal_networks(own).is_some() => &[],
            Attachment::Networks(_) | Attachment::DefaultBridge(_) => &service.ports,
            Attachment::Host(_) | Attachment::Nothing(_) | Attachment::Unknown => &[],
        }
    }

    /// The networks of a service, when all of them are internal.
    pub fn internal_networks(&self, service: &Service) -> Option<Vec<&ComposeNetwork>> {
        let memberships = service.memberships.iter();
        let networks = memberships.map(|membership| {
            let network = self.network(&membership.network.value)?;
            let is_internal = network.internal.value() == Some(&true);
            (is_internal && network.is_external() == Some(false)).then_some(network)
        });
        let networks: Vec<&ComposeNetwork> = networks.collect::<Option<_>>()?;
        (!networks.is_empty()).then_some(networks)
    }

    /// Whether two services that are on networks have one in common; `None` when it cannot be
    /// told.
    pub fn share_network(&self, one: &Service, other: &Service) -> Option<bool> {
        let mut identities = Vec::new();
        for service in [one, other] {
            let of_service = service.memberships.iter().map(|membership| {
                let network = self.network(&membership.network.value)?;
                Some(network.identity()).filter(|identity| *identity != NetworkIdentity::Unknown)
            });
            identities.push(of_service.collect::<Option<Vec<_>>>());
        }
        let keys = |service: &Service| -> FxHashSet<String> {
            let memberships = service.memberships.iter();
            memberships.map(|membership| membership.network.value.clone()).collect()
        };
        if !keys(one).is_disjoint(&keys(other)) {
            return Some(true);
        }
        let [Some(own), Some(others)] = &identities[..] else { return None };
        Some(own.iter().any(|identity| others.contains(identity)))
    }
}

/// Where a service's containers are.
#[derive(Clone, Copy, Debug)]
pub enum Attachment<'p> {
    /// On the networks of this service: its own, or another one's whose network it uses.
    Networks(&'p Service),
    /// On the engine's own bridge, where no names are looked up.
    DefaultBridge(&'p Spanned<NetworkMode>),
    Host(&'p Spanned<NetworkMode>),
    Nothing(&'p Spanned<NetworkMode>),
    Unknown,
}

/// Where another key could be written behind the last one of a file.
fn last_end(root: &Value) -> Option<Span> {
    matches!(root.layout(), Layout::BlockMap(_)).then(|| service::end(root)).flatten()
}

#[cfg(test)]
mod tests;
