//! Calico's blocks: the parts of a pool that its nodes take, one after the other.
//!
//! <https://docs.tigera.io/calico/latest/reference/resources/ippool#block-sizes>

use std::ops::RangeInclusive;

use rustc_hash::FxHashSet;

use super::node_ranges::power_of_two;
use crate::ingest::Body;
use crate::ingest::calico::Calico;
use crate::model::Object;
use crate::model::addresses::{Addresses, Family, IpPool, PoolOrigin};

impl IpPool<'_> {
    pub fn family(&self) -> Family {
        Family::of(self.cidr.address)
    }

    /// The length of the prefix of a node's block, unless a template fills it in.
    pub fn known_block_size(&self) -> Option<i64> {
        (!self.spec.block_size.is_unknown()).then(|| self.block_size())
    }

    /// Which lengths Calico takes: `blockSize` in `api/pkg/apis/projectcalico/v3/ippool.go`.
    pub fn allowed_block_sizes(&self) -> RangeInclusive<i64> {
        match self.family() {
            Family::V4 => 20..=32,
            Family::V6 => 116..=128,
        }
    }

    /// How many blocks it has; `None` when their size is not known, or larger than the pool.
    pub fn blocks(&self) -> Option<u128> {
        let block_size = u8::try_from(self.known_block_size()?).ok()?;
        let bits = block_size.checked_sub(self.cidr.prefix)?;
        (block_size <= self.family().bits()).then(|| power_of_two(bits))
    }

    /// Whether nodes take blocks of it by themselves; those of a pool with the mode `Manual` go
    /// to pods that ask for it.
    pub fn is_taken_by_nodes(&self) -> bool {
        let manual = self.spec.assignment_mode.value().is_some_and(|mode| mode == "Manual");
        self.is_for_pods() && !self.is_disabled() && !manual && !self.is_on_request()
    }
}

/// The pools of one family that nodes take blocks of.
#[derive(Debug)]
pub struct BlockSupply<'n, 'a> {
    pub pools: Vec<&'n IpPool<'a>>,
    /// Of all pools together.
    pub blocks: u128,
}

/// The blocks of a family, if the files show all pools that matter: an installation makes its
/// own, so a pool of another name may be one of many.
pub fn supply<'n, 'a>(addresses: &'n Addresses<'a>, family: Family) -> Option<BlockSupply<'n, 'a>> {
    let of_family = addresses.pools.iter().filter(|pool| pool.family() == family);
    // A pool may be written as an object and where it is made.
    let mut ranges = FxHashSet::default();
    let pools: Vec<&IpPool<'_>> =
        of_family.filter(|pool| pool.is_taken_by_nodes() && ranges.insert(pool.range())).collect();
    let mut cluster_ranges = addresses.cluster_pod_ranges().into_iter();
    let cluster = cluster_ranges.find(|range| range.range.family() == family);
    let covers_cluster =
        |pool: &IpPool<'_>| cluster.is_some_and(|cluster| pool.range().contains(cluster.range));
    let is_installed = |pool: &&IpPool<'_>| match pool.origin {
        PoolOrigin::Installation | PoolOrigin::Environment => true,
        PoolOrigin::Object => {
            matches!(pool.name, Some("default-ipv4-ippool" | "default-ipv6-ippool"))
                || covers_cluster(pool)
        }
    };
    if !pools.iter().any(is_installed) {
        return None;
    }
    let mut blocks: u128 = 0;
    for pool in &pools {
        blocks = blocks.saturating_add(pool.blocks()?);
    }
    Some(BlockSupply { pools, blocks })
}

/// Whether nodes may not borrow addresses of each other's blocks.
pub fn strict_affinity(objects: &[Object<'_>]) -> bool {
    objects.iter().any(|object| {
        let Body::Calico(Calico::Ipam(ipam)) = object.body() else { return false };
        ipam.strict_affinity.value() == Some(&true)
    })
}
