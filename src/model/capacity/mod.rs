//! What the ranges of a cluster hold, and what is asked of them: nodes, pods on a node, pods.
//!
//! Everything here is a count. What is known only in part is a lower bound, and its
//! documentation says so. Whether a number is too small is for the rules to say.

pub mod calico;
mod cilium;
pub mod demand;
pub mod ipam;
pub mod load_balancers;
pub mod max_pods;
pub mod node_ranges;
pub mod nodes;

#[cfg(test)]
mod tests;

pub use demand::{Demand, Request};
pub use ipam::Ipam;
pub use load_balancers::LoadBalancers;
pub use max_pods::{MaxPods, MaxPodsSource};
pub use node_ranges::{Cutter, NodeMask, NodeRanges, PodRange, host_addresses};
pub use nodes::{NamedNode, Nodes};

use super::addresses::{Addresses, Cidr, IpRange};
use super::cilium::Cilium;
use super::components::ComponentFlags;
use super::installer::Installer;
use super::workloads::Workloads;
use super::{Object, Settings};

/// What the counts are taken from.
#[derive(Clone, Copy)]
pub struct Parts<'n, 'a> {
    pub objects: &'n [Object<'a>],
    pub installers: &'n [Installer<'a>],
    pub components: &'n [ComponentFlags<'a>],
    pub addresses: &'n Addresses<'a>,
    pub cilium: &'n Cilium<'a>,
    pub workloads: &'n Workloads<'a>,
    pub settings: &'a Settings,
}

#[derive(Debug)]
pub struct Capacity<'a> {
    pub ipam: Ipam,
    /// Pod ranges of which each node gets a part, in the order of the files.
    pub node_ranges: Vec<NodeRanges<'a>>,
    pub nodes: Nodes<'a>,
    pub max_pods: Vec<MaxPods<'a>>,
    pub demand: Demand<'a>,
    pub load_balancers: Option<LoadBalancers<'a>>,
    /// Whether some IPAMConfiguration forbids nodes to borrow addresses of each other's blocks.
    pub strict_affinity: bool,
}

impl<'a> Capacity<'a> {
    pub fn new(parts: &Parts<'_, 'a>) -> Capacity<'a> {
        let Parts { objects, installers, components, addresses, cilium, workloads, settings } =
            *parts;
        let mut node_ranges = node_ranges::find(installers, components, addresses);
        node_ranges.extend(self::cilium::find(cilium));
        Capacity {
            ipam: Ipam::new(objects, installers, cilium, settings),
            node_ranges,
            nodes: Nodes::new(objects, installers, settings),
            max_pods: max_pods::find(objects, installers, components, settings),
            demand: Demand::new(objects, workloads),
            load_balancers: LoadBalancers::new(objects, addresses),
            strict_affinity: calico::strict_affinity(objects),
        }
    }

    /// A pod range, or as much more as the nodes of the cluster need of it: where it starts says
    /// nothing.
    pub fn needed(&self, pods: IpRange) -> IpRange {
        let cut = self.node_ranges.iter().find(|cut| cut.pods.range == pods);
        let needed = cut.and_then(|cut| {
            let bits = 64 - self.nodes.at_least().max(1).saturating_sub(1).leading_zeros();
            let prefix = cut.mask.length.checked_sub(bits as u8)?;
            (prefix < cut.pods.prefix).then(|| Cidr { address: pods.first(), prefix }.range())
        });
        needed.unwrap_or(pods)
    }
}
