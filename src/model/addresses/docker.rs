//! The ranges that Docker's daemon gives to the networks of its host.
//!
//! Without `bip` and `default-address-pools` the daemon takes 172.17.0.0/16 and the like, unless
//! the host has a route there: that is no fact about a host, so no such range is stated here.

use super::collect::Collector;
use super::{Role, Source};
use crate::ingest::docker::DockerDaemon;
use crate::model::Object;

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
}
