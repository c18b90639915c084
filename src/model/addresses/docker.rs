//! The ranges that Docker's daemon gives to the networks of its host, and those that Compose
//! projects ask for.
//!
//! Without `bip` and `default-address-pools` the daemon takes 172.17.0.0/16 and the like, unless
//! the host has a route there: that is no fact about a host, so no such range is stated here.

use rustc_hash::{FxHashMap, FxHashSet};

use super::collect::Collector;
use super::{AddressRange, Known, Role, Source};
use crate::ingest::Body;
use crate::ingest::docker::DockerDaemon;
use crate::model::Object;
use crate::model::compose::{Compose, ComposeNetwork};
use crate::model::compose_addresses::{space, subnets};
use crate::source::FileId;

impl Source {
    pub const DOCKER_BRIDGE: Source =
        Source::new(Role::Docker, "bip").called("Docker's default bridge").takes_host_bits();
    pub const DOCKER_BRIDGE_V6: Source =
        Source::new(Role::Docker, "bip6").called("Docker's default bridge").takes_host_bits();
    /// moby masks it.
    pub const DOCKER_FIXED: Source =
        Source::new(Role::Docker, "fixed-cidr").called("container range of Docker's bridge");
    pub const DOCKER_FIXED_V6: Source =
        Source::new(Role::Docker, "fixed-cidr-v6").called("container range of Docker's bridge");
    /// moby masks it.
    pub const DOCKER_POOL: Source =
        Source::new(Role::Docker, "default-address-pools").called("Docker's address pool");
    pub const COMPOSE_SUBNET: Source =
        Source::new(Role::Docker, "ipam.config").called("Compose network");
}

impl<'a> Collector<'a> {
    pub(super) fn docker_daemon(&mut self, object: Object<'a>, daemon: &'a DockerDaemon) {
        let network = &daemon.network;
        for (source, field) in [
            (Source::DOCKER_BRIDGE, &network.bip),
            (Source::DOCKER_BRIDGE_V6, &network.bip6),
            (Source::DOCKER_FIXED, &network.fixed_cidr),
            (Source::DOCKER_FIXED_V6, &network.fixed_cidr_v6),
        ] {
            self.cidr_field(source, field, object);
        }
        for pool in &network.default_address_pools {
            self.cidr_field(Source::DOCKER_POOL, &pool.base, object);
        }
    }

    /// What cannot be read is told about its project.
    pub(super) fn compose(&mut self, objects: &[Object<'a>], compose: &Compose) {
        let is_compose = |object: &&Object<'a>| matches!(object.body(), Body::Compose(_));
        let of_file: FxHashMap<FileId, Object<'a>> = objects
            .iter()
            .filter(is_compose)
            .map(|object| (object.resource.file, *object))
            .collect();
        // A file may be a part of several projects.
        let mut seen = FxHashSet::default();
        let subnets = compose.projects.iter().flat_map(|project| {
            // Others put containers into a network of the host, which is no range of Docker's.
            let made = move |network: &&ComposeNetwork| space(project, network).is_some();
            project.networks.iter().filter(made).flat_map(subnets)
        });
        for subnet in subnets {
            let span = subnet.text.part(0..subnet.text.value.len());
            let Some(object) = of_file.get(&span.file).filter(|_| seen.insert(span)) else {
                continue;
            };
            self.plan.ranges.push(AddressRange {
                range: subnet.range(),
                cidr: None,
                source: Source::COMPOSE_SUBNET,
                known: Known::Written,
                span,
                object: Some(*object),
                name: None,
                pool: None,
            });
        }
    }
}

impl AddressRange<'_> {
    /// Whether a Compose project with this range plainly runs where another one is: on the host
    /// whose files these are, or as a part of what its folder describes. Many a repository of a
    /// cluster has a project for the work on it.
    pub fn is_beside(&self, other: &AddressRange<'_>) -> bool {
        let (Some(project), Some(other)) = (self.object, other.object) else { return true };
        let (ours, theirs) = (folder(project.path), folder(other.path));
        if !matches!(other.body(), Body::Host(_)) {
            return ours == theirs;
        }
        let root = host_root(theirs);
        let below = ours.strip_prefix(root);
        root.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder that a host's own tree of folders lies in.
fn host_root(folder: &str) -> &str {
    const FOLDERS: [&str; 6] = [
        "etc/NetworkManager/system-connections",
        "etc/netplan",
        "etc/sysconfig/network-scripts",
        "etc/systemd/network",
        "netplan",
        "network",
    ];
    let above = FOLDERS.iter().find_map(|tail| {
        let above = folder.strip_suffix(tail)?;
        (above.is_empty() || above.ends_with('/')).then_some(above.trim_end_matches('/'))
    });
    above.unwrap_or(folder)
}
