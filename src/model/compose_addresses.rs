//! Subnets and addresses of Compose networks, for rules that hold them against each other.
//!
//! A network that somebody else makes, or whose addresses another driver hands out, has none here.

use super::Field;
use super::addresses::range::{self, Cidr, IpRange};
use super::compose::{ComposeNetwork, NetworkIdentity, Pool, Project};
use crate::source::Spanned;

/// The subnet of an entry of `ipam.config`.
#[derive(Clone, Copy, Debug)]
pub struct Subnet<'n> {
    pub network: &'n ComposeNetwork,
    pub pool: &'n Pool,
    pub text: &'n Spanned<String>,
    pub cidr: Cidr,
}

impl Subnet<'_> {
    pub fn range(&self) -> IpRange {
        self.cidr.range()
    }
}

/// Networks of one space may not overlap: moby keeps those of a host and those of a swarm apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Host,
    Swarm,
}

/// Whether Docker's own address management makes the network's subnets.
pub fn is_managed(network: &ComposeNetwork) -> bool {
    let is_default = |field: &Field<String>| match field {
        Field::Absent => true,
        Field::Known(driver) => matches!(driver.as_str(), "default" | ""),
        Field::Unknown(_) => false,
    };
    let has_addresses = match &network.driver {
        Field::Absent => true,
        Field::Known(driver) => !matches!(driver.as_str(), "host" | "none" | "null"),
        Field::Unknown(_) => false,
    };
    network.is_external() == Some(false) && is_default(&network.ipam_driver) && has_addresses
}

/// The subnets of a network that can be read.
pub fn subnets(network: &ComposeNetwork) -> Vec<Subnet<'_>> {
    if !is_managed(network) {
        return Vec::new();
    }
    let pools = network.known_pools().iter();
    let known = pools.filter_map(|pool| {
        let text = pool.subnet.known()?;
        let cidr = range::parse_cidr(text.trim()).ok()?;
        Some(Subnet { network, pool, text, cidr })
    });
    known.collect()
}

/// The space that a network's subnets are taken from. Drivers that put containers into a network
/// of the host are left out: what is allowed there depends on the interfaces.
pub fn space(project: &Project, network: &ComposeNetwork) -> Option<Space> {
    match &network.driver {
        Field::Absent if project.is_for_swarm() => Some(Space::Swarm),
        Field::Absent => Some(Space::Host),
        Field::Known(driver) => match driver.as_str() {
            "bridge" => Some(Space::Host),
            "overlay" => Some(Space::Swarm),
            _ => None,
        },
        Field::Unknown(_) => None,
    }
}

/// Whether a service that no profile holds back is on the network: Compose makes no others.
pub fn is_made(project: &Project, network: &ComposeNetwork) -> bool {
    let is_on_it = |name: &str| name == network.key.value;
    let mut services = project.services.iter().filter(|service| {
        service.profiles.as_ref().is_some_and(Vec::is_empty) && !service.has_unknown_networks
    });
    services.any(|service| {
        service.memberships.iter().any(|membership| is_on_it(&membership.network.value))
    })
}

/// Whether two networks are surely two.
pub fn are_apart(one: &ComposeNetwork, other: &ComposeNetwork) -> bool {
    let (one, other) = (one.identity(), other.identity());
    one != other && one != NetworkIdentity::Unknown && other != NetworkIdentity::Unknown
}
