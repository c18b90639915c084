//! Where the addresses of pods lie, and whether ranges that a rule names cover them.
//!
//! Files rarely tell all of it. What they tell is taken in the order of how much it says: the
//! ranges of pods, the addresses of Services in front of the same pods, and what is usual.

use std::net::IpAddr;

use super::layers::Peers;
use crate::model::addresses::{Family, IpRange};
use crate::model::labels::Answer;
use crate::model::policy_rules::{is_whole_family, parse_range};

#[derive(Clone, Debug, Default)]
pub struct PodAddresses {
    /// Where all pods have their addresses from; empty when the files do not tell.
    pub ranges: Vec<IpRange>,
    /// Addresses of Services in front of the pods.
    pub services: Vec<IpAddr>,
}

impl PodAddresses {
    /// Whether the ranges of addresses of a rule cover the pods.
    pub fn covered_by(&self, peers: &Peers) -> Answer {
        let blocks = &peers.blocks;
        if blocks.iter().any(|block| is_whole_family(*block)) {
            return Answer::Yes;
        }
        if !self.ranges.is_empty() {
            return Answer::any(Family::ALL.map(|family| self.family_covered_by(family, blocks)));
        }
        let excepted = |block: &IpRange| peers.reduced.iter().any(|range| range.contains(*block));
        let holds = |ranges: &[IpRange], address: &IpAddr| {
            ranges.iter().any(|range| range.contains_address(*address))
        };
        if self.services.iter().any(|address| holds(blocks, address)) {
            // Whether the address of a Service is a way to its pods depends on the implementation.
            return Answer::Unknown;
        }
        // Whoever leaves out the Service leaves out what is inside the cluster.
        let leaves_out = self.services.iter().any(|address| holds(&peers.reduced, address));
        let mut rest = blocks.iter().filter(|block| !(leaves_out && excepted(block)));
        match rest.any(|block| may_hold_pods(*block, &peers.reduced)) {
            true => Answer::Unknown,
            false => Answer::No,
        }
    }

    fn family_covered_by(&self, family: Family, blocks: &[IpRange]) -> Answer {
        let ranges = self.ranges.iter().filter(|range| range.family() == family);
        let answers: Vec<Answer> = ranges
            .map(|range| match blocks.iter().any(|block| block.contains(*range)) {
                true => Answer::Yes,
                false => Answer::of(blocks.iter().any(|block| block.overlaps(*range)))
                    .and(Answer::Unknown),
            })
            .collect();
        match answers.first() {
            None => Answer::No,
            Some(first) if answers.iter().all(|answer| answer == first) => *first,
            Some(_) => Answer::Unknown,
        }
    }
}

/// Whether pods might have addresses in a range: private ones, or IPv6. Pods with addresses from
/// 100.64.0.0/10 are rare enough not to be thought of where a range is everything but the others.
fn may_hold_pods(block: IpRange, reduced: &[IpRange]) -> bool {
    if block.family() == Family::V6 {
        return true;
    }
    let rest_of_all = reduced.iter().any(|range| is_whole_family(*range) && range.contains(block));
    let usual = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    let shared = (!rest_of_all).then_some("100.64.0.0/10");
    let mut ranges = usual.into_iter().chain(shared).filter_map(parse_range);
    ranges.any(|range| block.overlaps(range))
}

/// Whether an address is one that pods may have.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_private() || shared
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}
