//! The Docker daemons whose configuration the files hold, each with the command line that its host
//! starts it with.
//!
//! A unit belongs to the daemon of the same machine, or of the same copy of a root file system. A
//! range that a daemon hands out is a part of [`super::addresses`], too.

use std::net::IpAddr;

use super::Object;
use super::addresses::range::{self, Cidr, IpRange};
use crate::ingest::Body;
use crate::ingest::docker::DockerUnit;
pub use crate::ingest::docker::{
    AddressPool, DaemonNetwork, DaemonOrigin, DaemonProblem, DaemonProblemKind, DockerDaemon,
    NetworkOption, UnitOption,
};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct Docker<'a> {
    /// In the order of the files.
    pub daemons: Vec<Daemon<'a>>,
}

/// One daemon, as its `daemon.json` has it.
#[derive(Debug)]
pub struct Daemon<'a> {
    pub config: &'a DockerDaemon,
    pub object: Object<'a>,
    /// The address of the default bridge, for IPv4 and IPv6.
    pub bridges: Vec<Placed<Cidr>>,
    /// What containers on the default bridge get addresses of.
    pub fixed: Vec<Placed<Cidr>>,
    pub gateways: Vec<Placed<IpAddr>>,
    /// What the unit of its host sets, as far as it is in view.
    pub options: Vec<&'a UnitOption>,
}

/// A value, with the key that it stands under.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub key: &'static str,
    pub value: T,
    pub span: Span,
}

impl<'a> Docker<'a> {
    pub fn new(objects: &[Object<'a>]) -> Docker<'a> {
        let mut units: Vec<(Host<'a>, &'a DockerUnit, &'a str)> = Vec::new();
        for object in objects {
            if let Body::DockerUnit(unit) = object.body() {
                units.push((host(*object), &**unit, object.path));
            }
        }
        // The unit itself comes first, and then what is dropped in beside it, by name.
        units.sort_by_key(|(_, _, path)| (!path.ends_with(".service"), *path));
        let daemons = objects.iter().filter_map(|object| {
            let Body::DockerDaemon(config) = object.body() else { return None };
            let of_host = units.iter().filter(|(unit_host, ..)| *unit_host == host(*object));
            let mut options = Vec::new();
            for (_, unit, _) in of_host {
                if unit.takes_back {
                    options.clear();
                }
                options.extend(&unit.options);
            }
            Some(daemon(*object, config, options))
        });
        Docker { daemons: daemons.collect() }
    }

    /// Whether the daemons in view all have their default bridge elsewhere than in 172.17.0.0/16,
    /// or none at all.
    pub fn leaves_default_bridge(&self) -> bool {
        let leaves = |daemon: &Daemon<'_>| {
            let network = daemon.network();
            [&network.bip, &network.bridge].iter().any(|field| !field.is_absent())
                || !network.default_address_pools.is_empty()
        };
        !self.daemons.is_empty() && self.daemons.iter().all(leaves)
    }

    /// The daemons whose texts are JSON.
    pub fn readable(&self) -> impl Iterator<Item = &Daemon<'a>> {
        self.daemons.iter().filter(|daemon| daemon.config.strict_problem.is_none())
    }
}

impl Daemon<'_> {
    pub fn network(&self) -> &DaemonNetwork {
        &self.config.network
    }

    /// Whether no network of the daemon's own is on the host: something else, such as a network
    /// plugin, connects the containers.
    pub fn has_no_bridge(&self) -> bool {
        self.network().bridge.value().is_some_and(|bridge| bridge == "none")
    }

    pub fn key(&self, name: &str) -> Option<&Spanned<String>> {
        self.config.keys.iter().find(|key| key.value == name)
    }
}

/// What tells hosts apart: the machine, or else the folder that the host's files lie in, or the
/// document that writes them.
type Host<'a> = (&'a str, &'a str, Option<usize>);

fn host<'a>(object: Object<'a>) -> Host<'a> {
    if let Some(node) = object.node {
        return (node.set, node.name, None);
    }
    let (folder, name) = object.path.rsplit_once('/').unwrap_or(("", object.path));
    // A document that writes files is that of one host.
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        return (object.path, "", Some(object.resource.document));
    }
    let folders = [
        "etc/docker",
        "etc/systemd/system/docker.service.d",
        "etc/systemd/system",
        "usr/lib/systemd/system",
        "lib/systemd/system",
        "docker.service.d",
    ];
    let above = folders.iter().find_map(|tail| {
        let above = folder.strip_suffix(tail)?;
        (above.is_empty() || above.ends_with('/')).then_some(above.trim_end_matches('/'))
    });
    (above.unwrap_or(folder), "", None)
}

fn daemon<'a>(
    object: Object<'a>,
    config: &'a DockerDaemon,
    options: Vec<&'a UnitOption>,
) -> Daemon<'a> {
    let network = &config.network;
    let cidr = |key, field| placed(key, field, |text| range::parse_cidr(text).ok());
    let address = |key, field| placed(key, field, |text| range::parse_address(text).ok());
    let both = |first: Option<Placed<Cidr>>, second| first.into_iter().chain(second).collect();
    Daemon {
        config,
        object,
        bridges: both(cidr("bip", &network.bip), cidr("bip6", &network.bip6)),
        fixed: both(
            cidr("fixed-cidr", &network.fixed_cidr),
            cidr("fixed-cidr-v6", &network.fixed_cidr_v6),
        ),
        gateways: address("default-gateway", &network.default_gateway)
            .into_iter()
            .chain(address("default-gateway-v6", &network.default_gateway_v6))
            .collect(),
        options,
    }
}

fn placed<T>(
    key: &'static str,
    field: &Field<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Placed<T>> {
    let text = field.known()?;
    let value = parse(text.trim())?;
    Some(Placed { key, value, span: text.part(0..text.value.len()) })
}

impl Placed<Cidr> {
    pub fn range(&self) -> IpRange {
        self.value.range()
    }
}
