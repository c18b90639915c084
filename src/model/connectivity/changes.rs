//! What a change allows and what it cuts: the connections of two versions of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::connections::{Connection, Party};
use super::traffic::Bounds;
use crate::model::Network;
use crate::model::addresses::{Family, IpRange};
use crate::model::policies::Direction;

/// One version of a cluster.
#[derive(Debug, Default)]
pub struct Version {
    /// To addresses of both families; see [`super::connections::of_families`].
    pub connections: Vec<Connection>,
    /// Every workload, with connections or without.
    pub workloads: BTreeSet<Party>,
    /// The families of addresses that policies speak of, beside IPv4.
    pub speaks_ipv6: bool,
}

/// What differs between two versions.
#[derive(Debug, Default)]
pub struct Changes {
    pub workloads_added: Vec<Party>,
    pub workloads_removed: Vec<Party>,
    /// In the order of their ends; first those of workloads that are in both versions.
    pub connections: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub source: Party,
    pub destination: Party,
    pub old: Bounds,
    pub new: Bounds,
    pub cause: Cause,
}

/// Where a change comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Policies, labels or ways in: the workloads are in both versions.
    Network,
    WorkloadAdded,
    WorkloadRemoved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    Removed,
    Changed,
}

impl Version {
    pub fn new(network: &Network<'_>, connections: Vec<Connection>) -> Version {
        let connectivity = network.connectivity();
        let mut blocks = [Direction::Ingress, Direction::Egress]
            .into_iter()
            .flat_map(|d| connectivity.blocks(d));
        Version {
            connections,
            workloads: super::connections::parties(network).into_iter().collect(),
            speaks_ipv6: blocks.any(|block| block.family() == Family::V6),
        }
    }
}

impl Change {
    pub fn kind(&self) -> Kind {
        match (self.old.possible.is_none(), self.new.possible.is_none()) {
            (true, _) => Kind::Added,
            (_, true) => Kind::Removed,
            _ => Kind::Changed,
        }
    }

    /// What comes through now and did not before.
    pub fn gained(&self) -> Bounds {
        more(&self.old, &self.new)
    }

    /// What came through before and does not any more.
    pub fn lost(&self) -> Bounds {
        more(&self.new, &self.old)
    }
}

/// What one has beyond the other: for certain, and as far as it is possible or has become certain.
fn more(less: &Bounds, more: &Bounds) -> Bounds {
    let possible = more.possible.without(&less.possible).or(&more.sure.without(&less.sure));
    Bounds { sure: more.sure.without(&less.possible), possible }
}

/// What differs between an old and a new version.
pub fn between(old: &Version, new: &Version) -> Changes {
    let only = |one: &Version, other: &Version| -> Vec<Party> {
        one.workloads.difference(&other.workloads).cloned().collect()
    };
    let mut changes = Changes {
        workloads_added: only(new, old),
        workloads_removed: only(old, new),
        connections: Vec::new(),
    };
    let cause = |source: &Party, destination: &Party| {
        let is_only = |one: &Version, other: &Version| {
            [source, destination]
                .into_iter()
                .any(|party| one.workloads.contains(party) && !other.workloads.contains(party))
        };
        match (is_only(new, old), is_only(old, new)) {
            (true, _) => Cause::WorkloadAdded,
            (_, true) => Cause::WorkloadRemoved,
            _ => Cause::Network,
        }
    };
    let mut add = |source: &Party, destination: &Party, old: &Bounds, new: &Bounds| {
        if old != new {
            let cause = cause(source, destination);
            let (source, destination) = (source.clone(), destination.clone());
            let (old, new) = (old.clone(), new.clone());
            changes.connections.push(Change { source, destination, old, new, cause });
        }
    };
    let (old_inside, old_outside) = sorted(&old.connections);
    let (new_inside, new_outside) = sorted(&new.connections);
    let none = Bounds::none();
    let pairs: BTreeSet<_> = old_inside.keys().chain(new_inside.keys()).collect();
    for pair in pairs {
        let of = |all: &BTreeMap<_, &Bounds>| (*all.get(pair).unwrap_or(&&none)).clone();
        add(pair.0, pair.1, &of(&old_inside), &of(&new_inside));
    }
    let families = match old.speaks_ipv6 || new.speaks_ipv6 {
        true => &Family::ALL[..],
        false => &[Family::V4],
    };
    let ends: BTreeSet<_> = old_outside.keys().chain(new_outside.keys()).collect();
    for end in ends {
        let (workload, direction) = *end;
        let nowhere = Ranges::new();
        let old = old_outside.get(end).unwrap_or(&nowhere);
        let new = new_outside.get(end).unwrap_or(&nowhere);
        if old == new {
            continue;
        }
        for family in families {
            for (range, old, new) in differing(*family, old, new) {
                let outside = Party::External(range);
                match direction {
                    Direction::Ingress => add(&outside, workload, &old, &new),
                    Direction::Egress => add(workload, &outside, &old, &new),
                }
            }
        }
    }
    changes.connections.sort_by(|a, b| {
        (a.cause, &a.source, &a.destination).cmp(&(b.cause, &b.source, &b.destination))
    });
    changes
}

/// What comes through to or from ranges of addresses, in their order.
type Ranges<'v> = Vec<(IpRange, &'v Bounds)>;
type Inside<'v> = BTreeMap<(&'v Party, &'v Party), &'v Bounds>;
type Outside<'v> = BTreeMap<(&'v Party, Direction), Ranges<'v>>;

/// Connections between pods, and by workload those to and from outside.
fn sorted(connections: &[Connection]) -> (Inside<'_>, Outside<'_>) {
    let mut inside = Inside::new();
    let mut outside = Outside::new();
    for Connection { source, destination, traffic } in connections {
        let (end, range) = match (source, destination) {
            (Party::External(range), _) => ((destination, Direction::Ingress), range),
            (_, Party::External(range)) => ((source, Direction::Egress), range),
            _ => {
                inside.insert((source, destination), traffic);
                continue;
            }
        };
        outside.entry(end).or_default().push((*range, traffic));
    }
    for ranges in outside.values_mut() {
        ranges.sort_by_key(|(range, _)| *range);
    }
    (inside, outside)
}

/// The ranges that differ, as large as they can be: each version cuts addresses in its own way.
fn differing(family: Family, old: &Ranges<'_>, new: &Ranges<'_>) -> Vec<(IpRange, Bounds, Bounds)> {
    let ends: Vec<IpRange> = old.iter().chain(new).map(|(range, _)| *range).collect();
    let at = |ranges: &Ranges<'_>, piece: IpRange| {
        let before = ranges.partition_point(|(range, _)| *range <= piece);
        let around = ranges[..before].last().filter(|(range, _)| range.contains(piece));
        // A range that starts with the piece and is larger comes behind it.
        let around = around.or(ranges.get(before).filter(|(range, _)| range.contains(piece)));
        around.map(|(_, traffic)| (*traffic).clone()).unwrap_or_default()
    };
    let mut found: Vec<(IpRange, Bounds, Bounds)> = Vec::new();
    for piece in IpRange::everything(family).cut(&ends) {
        let (old, new) = (at(old, piece), at(new, piece));
        match found.last_mut() {
            Some(last) if (&last.1, &last.2) == (&old, &new) => {
                let joined = IpRange::new(last.0.first(), piece.last());
                last.0 = joined.expect("internal error: pieces in the wrong order");
            }
            _ => found.push((piece, old, new)),
        }
    }
    found.retain(|(_, old, new)| old != new);
    found
}
