//! Every connection that the policies of a cluster let through, by the workloads that own the
//! pods.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::layers::{Peer, Reading};
use super::traffic::Bounds;
pub use super::traffic::Traffic;
use super::{Connectivity, endpoints::ClassSet, entries};
use crate::model::Network;
use crate::model::addresses::{Family, IpRange};
use crate::model::namespaces::fold;
use crate::model::owners::Owners;
use crate::model::policies::Direction;
use crate::model::workloads::Workload;

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// What owns the pods.
    Workload { namespace: String, name: String, kind: String },
    /// Addresses outside the cluster.
    External(IpRange),
    /// What hands requests from outside to Services.
    IngressController,
}

#[derive(Clone, Debug)]
pub struct Connection {
    pub source: Party,
    pub destination: Party,
    pub traffic: Bounds,
}

/// How connections are told.
pub const READING: Reading = Reading::AS_WRITTEN;

/// All connections that are possible, in the order of their ends. Ranges of addresses are taken
/// to lie outside the cluster; a pod's connection to itself is left out.
pub fn all(network: &Network<'_>) -> Vec<Connection> {
    told(network, false)
}

/// The same, with addresses of both families whether or not a rule speaks of them.
pub fn of_families(network: &Network<'_>) -> Vec<Connection> {
    told(network, true)
}

fn told(network: &Network<'_>, both_families: bool) -> Vec<Connection> {
    let connectivity = network.connectivity();
    let owners = owners(network);
    let mut found: BTreeMap<(&Party, &Party), Bounds> = BTreeMap::new();
    let mut add = |source, destination, traffic: Bounds| {
        if source == destination || traffic.possible.is_none() {
            return;
        }
        let known: &mut Bounds = found.entry((source, destination)).or_default();
        *known = known.or(&traffic);
    };
    let pairs = pairs(connectivity);
    let traffic: Vec<Bounds> = pairs
        .par_iter()
        .map(|(source, destination)| connectivity.between(*source, *destination, READING))
        .collect();
    for ((source, destination), traffic) in pairs.into_iter().zip(traffic) {
        for source in &owners[source] {
            for destination in &owners[destination] {
                add(source, destination, traffic.clone());
            }
        }
    }
    let outside = [Direction::Ingress, Direction::Egress].map(|direction| {
        let blocks: Vec<IpRange> = connectivity.blocks(direction).collect();
        atoms(&blocks, both_families).into_iter().map(Party::External).collect::<Vec<_>>()
    });
    for (endpoint, owners) in owners.iter().enumerate() {
        for (direction, parties) in
            [Direction::Ingress, Direction::Egress].into_iter().zip(&outside)
        {
            for party in parties {
                let Party::External(range) = party else { continue };
                let peer = Peer::External(*range);
                let traffic = connectivity.allows(endpoint, direction, peer, READING);
                for owner in owners {
                    match direction {
                        Direction::Ingress => add(party, owner, traffic.clone()),
                        Direction::Egress => add(owner, party, traffic.clone()),
                    }
                }
            }
        }
    }
    let entries = entries::find(
        &network.routes,
        &network.services,
        &network.workloads,
        &connectivity.endpoints,
    );
    for entry in entries {
        let ingress = Direction::Ingress;
        let allowed = connectivity.allows(entry.endpoint, ingress, Peer::Ingress, READING);
        let traffic = allowed.and(&Bounds::known(entry.traffic));
        for owner in &owners[entry.endpoint] {
            add(&Party::IngressController, owner, traffic.clone());
        }
    }
    let connections = found.into_iter().map(|((source, destination), traffic)| Connection {
        source: source.clone(),
        destination: destination.clone(),
        traffic,
    });
    connections.collect()
}

/// Every workload that owns pods.
pub fn parties(network: &Network<'_>) -> Vec<Party> {
    owners(network).into_iter().flatten().collect()
}

/// By endpoint, the workloads that own its pods.
pub fn owners(network: &Network<'_>) -> Vec<Vec<Party>> {
    let endpoints = network.connectivity().endpoints.all.iter();
    let owners = Owners::new(&network.objects);
    endpoints
        .map(|endpoint| {
            let members = endpoint.members.iter();
            let mut parties: Vec<Party> =
                members.map(|member| owner(&network.workloads.all[*member], &owners)).collect();
            parties.sort();
            parties.dedup();
            parties
        })
        .collect()
}

/// A workload, or what made it: pods and replica sets that a cluster printed name their owner.
fn owner(workload: &Workload<'_>, owners: &Owners<'_>) -> Party {
    let (kind, name) = owners.of(workload.object);
    Party::Workload {
        namespace: fold(workload.namespace).to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
    }
}

/// Pairs of endpoints between which something may get through: where policies let only some in or
/// out, only those are looked at.
fn pairs(connectivity: &Connectivity<'_>) -> Vec<(usize, usize)> {
    let count = connectivity.endpoints.all.len();
    let candidates = |direction: Direction| -> Vec<Option<FxHashSet<usize>>> {
        (0..count).into_par_iter().map(|e| candidates(connectivity, e, direction)).collect()
    };
    let sources = candidates(Direction::Ingress);
    let destinations = candidates(Direction::Egress);
    let mut pairs = Vec::new();
    for (source, few) in destinations.iter().enumerate() {
        match few {
            Some(few) => {
                let open = |destination: &&usize| {
                    sources[**destination].as_ref().is_none_or(|few| few.contains(&source))
                };
                pairs.extend(few.iter().filter(open).map(|destination| (source, *destination)));
            }
            None => {
                let open = (0..count).filter(|destination| sources[*destination].is_none());
                pairs.extend(open.map(|destination| (source, destination)));
            }
        }
    }
    for (destination, few) in sources.iter().enumerate() {
        let few = few.iter().flatten().filter(|source| destinations[**source].is_none());
        pairs.extend(few.map(|source| (*source, destination)));
    }
    pairs.sort_unstable();
    pairs
}

/// The endpoints that may be at the other end of a direction; `None` for all of them.
fn candidates(
    connectivity: &Connectivity<'_>,
    endpoint: usize,
    direction: Direction,
) -> Option<FxHashSet<usize>> {
    let mut found = FxHashSet::default();
    for stage in connectivity.stages(endpoint, direction, READING) {
        for rule in stage.rules.iter().map(|of_stage| of_stage.rule) {
            if rule.peers.all || rule.peers.unknown {
                return None;
            }
            match &rule.peers.pods {
                ClassSet::None => {}
                ClassSet::All => return None,
                ClassSet::Some(set) => found.extend(set.iter().map(|(index, _)| *index)),
            }
        }
        if stage.unknown {
            return None;
        }
        if stage.isolates.is_yes() {
            return Some(found);
        }
    }
    None
}

/// The parts of the space of addresses that no rule cuts, in the order of addresses. A family that
/// no rule speaks of is told as one: of IPv6 only where some rule does, or both are asked for.
pub fn atoms(blocks: &[IpRange], both_families: bool) -> Vec<IpRange> {
    let mut atoms = Vec::new();
    for family in Family::ALL {
        let of_family: Vec<IpRange> =
            blocks.iter().copied().filter(|block| block.family() == family).collect();
        if family == Family::V4 || both_families || !of_family.is_empty() {
            atoms.extend(IpRange::everything(family).cut(&of_family));
        }
    }
    atoms
}
