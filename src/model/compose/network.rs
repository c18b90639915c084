//! The networks of a project.

use super::value::{known_texts, setting, switch};
use crate::ingest::compose::{Layout, Value};
use crate::model::Field;
use crate::source::{Span, Spanned};

/// A network of a project: one under `networks`, or the implicit `default`.
#[derive(Clone, Debug)]
pub struct ComposeNetwork {
    /// What services call it. The place of the implicit default is that of the project.
    pub key: Spanned<String>,
    /// No file declares it, and every service without networks is on it.
    pub is_implicit: bool,
    /// What the engine calls it; absent for `PROJECT_KEY`.
    pub name: Field<String>,
    /// Somebody else makes it. With it may come a name, in the old form.
    pub external: Field<bool>,
    pub driver: Field<String>,
    pub driver_options: Vec<(Spanned<String>, Field<String>)>,
    pub internal: Field<bool>,
    pub attachable: Field<bool>,
    pub enable_ipv4: Field<bool>,
    pub enable_ipv6: Field<bool>,
    pub ipam_driver: Field<String>,
    /// Absent without `ipam.config`; unknown when it is not a list.
    pub pools: Field<Vec<Pool>>,
    /// Everything that is said of it, extensions too.
    pub keys: Vec<Spanned<String>>,
    /// All of it; the key where nothing is said.
    pub span: Span,
}

/// An entry of `ipam.config`.
#[derive(Clone, Debug)]
pub struct Pool {
    pub span: Span,
    pub subnet: Field<String>,
    pub ip_range: Field<String>,
    pub gateway: Field<String>,
    pub aux_addresses: Vec<(Spanned<String>, Field<String>)>,
}

/// What tells networks of a project apart: two keys may stand for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkIdentity<'n> {
    /// Made for the project, by its key.
    Key(&'n str),
    /// By the name that the engine knows.
    Name(&'n str),
    /// A variable decides it.
    Unknown,
}

impl ComposeNetwork {
    pub(super) fn read(key: &Spanned<String>, value: &Value) -> ComposeNetwork {
        let old_external = value.at(&["external", "name"]);
        let external = match value.get("external") {
            Some(external) if !external.entries().is_empty() => {
                Field::Known(Spanned::new(true, external.span))
            }
            external => switch(external),
        };
        let name = match value.get("name").or(old_external) {
            None => Field::Absent,
            name => setting(name),
        };
        let options = |map: Option<&Value>| {
            let entries = map.map_or(&[][..], Value::entries);
            entries.iter().map(|(key, value)| (key.clone(), setting(Some(value)))).collect()
        };
        let config = value.at(&["ipam", "config"]);
        let pools = match config {
            None => Field::Absent,
            Some(config) if *config.layout() == Layout::Elsewhere && config.items().is_empty() => {
                match config.text().is_some() || !config.entries().is_empty() {
                    true => Field::Unknown(config.span),
                    false => Field::Absent,
                }
            }
            Some(config) if config.items().is_empty() => Field::Unknown(config.span),
            Some(config) => {
                let pools = config.items().iter().map(|pool| Pool {
                    span: pool.span,
                    subnet: setting(pool.get("subnet")),
                    ip_range: setting(pool.get("ip_range")),
                    gateway: setting(pool.get("gateway")),
                    aux_addresses: options(pool.get("aux_addresses")),
                });
                Field::Known(Spanned::new(pools.collect(), config.span))
            }
        };
        let keys = value.entries().iter().map(|(key, _)| key.clone()).collect();
        ComposeNetwork {
            key: key.clone(),
            is_implicit: false,
            name,
            external,
            driver: setting(value.get("driver")),
            driver_options: options(value.get("driver_opts")),
            internal: switch(value.get("internal")),
            attachable: switch(value.get("attachable")),
            enable_ipv4: switch(value.get("enable_ipv4")),
            enable_ipv6: switch(value.get("enable_ipv6")),
            ipam_driver: setting(value.at(&["ipam", "driver"])),
            pools,
            keys,
            span: if value.is_null() { key.span } else { value.span },
        }
    }

    /// The network that services without networks are on, when no file declares it.
    pub(super) fn implicit(place: Span) -> ComposeNetwork {
        ComposeNetwork {
            key: Spanned::new("default".to_owned(), place),
            is_implicit: true,
            name: Field::Absent,
            external: Field::Absent,
            driver: Field::Absent,
            driver_options: Vec::new(),
            internal: Field::Absent,
            attachable: Field::Absent,
            enable_ipv4: Field::Absent,
            enable_ipv6: Field::Absent,
            ipam_driver: Field::Absent,
            pools: Field::Absent,
            keys: Vec::new(),
            span: place,
        }
    }

    /// Whether somebody else makes it; `None` when that cannot be known.
    pub fn is_external(&self) -> Option<bool> {
        match &self.external {
            Field::Absent => Some(false),
            Field::Known(external) => Some(external.value),
            Field::Unknown(_) => None,
        }
    }

    pub fn identity(&self) -> NetworkIdentity<'_> {
        match (&self.name, self.is_external()) {
            (_, None) | (Field::Unknown(_), _) => NetworkIdentity::Unknown,
            (Field::Known(name), _) => NetworkIdentity::Name(&name.value),
            (Field::Absent, Some(true)) => NetworkIdentity::Name(&self.key.value),
            (Field::Absent, Some(false)) => NetworkIdentity::Key(&self.key.value),
        }
    }

    /// The bridge that the engine has by itself, on which no names are looked up.
    pub fn is_default_bridge(&self) -> bool {
        self.is_external() == Some(true) && self.identity() == NetworkIdentity::Name("bridge")
    }

    /// The pools that are written and known.
    pub fn known_pools(&self) -> &[Pool] {
        self.pools.value().map_or(&[], Vec::as_slice)
    }
}

/// What a service says about a network that it is on.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The network's key among those of the project.
    pub network: Spanned<String>,
    /// The service says nothing, and so is on `default`.
    pub is_implicit: bool,
    pub aliases: Vec<Spanned<String>>,
    pub ipv4_address: Field<String>,
    pub ipv6_address: Field<String>,
    pub link_local_ips: Vec<Spanned<String>>,
    pub priority: Field<String>,
    /// It has aliases that cannot be known.
    pub has_unknown_aliases: bool,
}

impl Membership {
    pub(super) fn read(key: &Spanned<String>, value: &Value) -> Membership {
        let aliases = value.get("aliases");
        let known = known_texts(aliases);
        let written = aliases.map_or(0, |aliases| aliases.items().len());
        Membership {
            network: key.clone(),
            is_implicit: false,
            has_unknown_aliases: known.len() < written,
            aliases: known,
            ipv4_address: setting(value.get("ipv4_address")),
            ipv6_address: setting(value.get("ipv6_address")),
            link_local_ips: known_texts(value.get("link_local_ips")),
            priority: setting(value.get("priority")),
        }
    }

    pub(super) fn implicit(place: Span) -> Membership {
        Membership {
            network: Spanned::new("default".to_owned(), place),
            is_implicit: true,
            aliases: Vec::new(),
            ipv4_address: Field::Absent,
            ipv6_address: Field::Absent,
            link_local_ips: Vec::new(),
            priority: Field::Absent,
            has_unknown_aliases: false,
        }
    }
}
