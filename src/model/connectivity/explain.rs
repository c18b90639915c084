//! Why a connection comes through, or does not: the rules that decide, at each of its ends.
//!
//! The decisions are those of [`super::layers::evaluate`], as it makes them; nothing is decided
//! here. What the API leaves undefined is read as in [`super::connections`], and noted.

use std::collections::BTreeMap;

use super::connections::{self, Party, READING};
use super::decisions::Decisions;
pub use super::decisions::{Decision, Doubt, Isolating, Miss, Missed, ObjectRef, Reason, Verdict};
use super::entries::{self, Entry};
use super::layers::{Inquiry, Peer, evaluate};
use super::leads::{Hop, Lead};
use super::traffic::{Bounds, Traffic};
use crate::model::Network;
use crate::model::addresses::IpRange;
use crate::model::labels::Answer;
use crate::model::policies::Direction;

/// A connection between two parties, and what decides about it.
#[derive(Clone, Debug)]
pub struct Explained {
    pub source: Party,
    pub destination: Party,
    pub traffic: Bounds,
    /// The ways between them that differ, most often one: by the pods that a party has, and by
    /// what leads to them.
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What leads to the pods, when they are not meant directly.
    pub via: Vec<Via>,
    /// The ports asked for.
    pub asked: Bounds,
    /// Those that come through.
    pub traffic: Bounds,
    /// What decides where the connection leaves pods, and where it comes to pods.
    pub sides: Vec<Side>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// With the ports of the pods.
    Service(Hop, Bounds),
    /// An Ingress or a Route, with the ports of the pods.
    Entry(ObjectRef, Traffic),
}

/// What the policies about some pods decide in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub direction: Direction,
    /// Whether the pods have the network of their node, which most plugins leave alone.
    pub host_network: Answer,
    /// Policies that nobody here understands, and that may decide otherwise.
    pub unread: Vec<ObjectRef>,
    pub allowed: Bounds,
    /// Whether policies of several layers are asked.
    pub layered: bool,
    pub decisions: Vec<Decision>,
}

/// Explains the connections of one network.
pub struct Explainer<'n, 'a> {
    network: &'n Network<'a>,
    endpoints: BTreeMap<Party, Vec<usize>>,
    entries: Vec<Entry<'a>>,
}

impl<'n, 'a> Explainer<'n, 'a> {
    pub fn new(network: &'n Network<'a>) -> Explainer<'n, 'a> {
        let mut endpoints: BTreeMap<Party, Vec<usize>> = BTreeMap::new();
        for (endpoint, owners) in connections::owners(network).into_iter().enumerate() {
            for owner in owners {
                endpoints.entry(owner).or_default().push(endpoint);
            }
        }
        let of_network = &network.connectivity().endpoints;
        let entries =
            entries::find(&network.routes, &network.services, &network.workloads, of_network);
        Explainer { network, endpoints, entries }
    }

    /// All that may be at the other end from pods, in a direction of theirs.
    pub fn parties(&self, direction: Direction) -> Vec<Party> {
        let blocks: Vec<IpRange> = self.network.connectivity().blocks(direction).collect();
        let outside = connections::atoms(&blocks, false).into_iter().map(Party::External);
        let mut parties: Vec<Party> = self.endpoints.keys().cloned().chain(outside).collect();
        if direction == Direction::Ingress && !self.entries.is_empty() {
            parties.push(Party::IngressController);
        }
        parties
    }

    /// `None` where there is no such connection to speak of: between addresses outside, of a party
    /// to itself, and to what nothing leads to. With `leads`, only what they lead to is meant.
    pub fn explain(
        &self,
        source: &Party,
        destination: &Party,
        asked: &Traffic,
        leads: Option<&[Lead]>,
    ) -> Option<Explained> {
        if source == destination {
            return None;
        }
        let mut routes: Vec<Route> = Vec::new();
        let mut traffic = Bounds::none();
        let from = self.endpoints.get(source).map_or(&[][..], Vec::as_slice);
        match (source, destination) {
            (Party::Workload { .. }, Party::External(range)) => {
                let asked = Bounds::known(asked.clone());
                for endpoint in from {
                    let peer = Peer::External(*range);
                    let side = self.side(*endpoint, Direction::Egress, peer, &asked);
                    add(&mut routes, &mut traffic, route(Vec::new(), &asked, vec![side]));
                }
            }
            (_, Party::Workload { .. }) => {
                for to in self.endpoints.get(destination)? {
                    let Some((via, asked)) = self.leading(source, *to, asked, leads) else {
                        continue;
                    };
                    for sides in self.sides(source, from, *to, &asked) {
                        add(&mut routes, &mut traffic, route(via.clone(), &asked, sides));
                    }
                }
            }
            _ => {}
        }
        let (source, destination) = (source.clone(), destination.clone());
        (!routes.is_empty()).then_some(Explained { source, destination, traffic, routes })
    }

    /// What leads to an endpoint and to which ports; `None` if nothing does.
    fn leading(
        &self,
        source: &Party,
        to: usize,
        asked: &Traffic,
        leads: Option<&[Lead]>,
    ) -> Option<(Vec<Via>, Bounds)> {
        if let Some(leads) = leads {
            let mut all = Bounds::none();
            let mut via = Vec::new();
            for lead in leads.iter().filter(|lead| lead.endpoint == to) {
                all = all.or(&lead.target);
                via.push(Via::Service(lead.hop.clone(), lead.target.clone()));
            }
            return (!via.is_empty()).then_some((via, all));
        }
        if *source != Party::IngressController {
            return Some((Vec::new(), Bounds::known(asked.clone())));
        }
        let mut all = Traffic::none();
        let mut via = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.endpoint == to) {
            let ports = entry.traffic.and(asked);
            let way = Via::Entry(ObjectRef::of(entry.object), entry.traffic.clone());
            if !ports.is_none() && !via.contains(&way) {
                all = all.or(&ports);
                via.push(way);
            }
        }
        (!via.is_empty()).then(|| (via, Bounds::known(all)))
    }

    /// What decides at both ends of connections to an endpoint, by each endpoint of the source.
    fn sides(&self, source: &Party, from: &[usize], to: usize, asked: &Bounds) -> Vec<Vec<Side>> {
        let connectivity = self.network.connectivity();
        let into = |peer| self.side(to, Direction::Ingress, peer, asked);
        match source {
            Party::External(range) => vec![vec![into(Peer::External(*range))]],
            Party::IngressController => vec![vec![into(Peer::Ingress)]],
            Party::Workload { .. } => {
                let both = from.iter().map(|from| {
                    let out = self.side(*from, Direction::Egress, connectivity.pods(to), asked);
                    vec![out, into(connectivity.pods(*from))]
                });
                both.collect()
            }
        }
    }

    fn side(
        &self,
        endpoint: usize,
        direction: Direction,
        peer: Peer<'_, 'a>,
        asked: &Bounds,
    ) -> Side {
        let connectivity = self.network.connectivity();
        let pods = &connectivity.endpoints.all[endpoint];
        let stages = connectivity.stages(endpoint, direction, READING);
        let destination = match (direction, peer) {
            (Direction::Ingress, _) => Some(pods),
            (Direction::Egress, Peer::Pods(_, pods)) => Some(pods),
            (Direction::Egress, _) => None,
        };
        let inquiry = Inquiry {
            peer,
            destination,
            reading: READING,
            traffic: asked.clone(),
            every_rule: true,
        };
        let mut decisions = Decisions::about(connectivity, endpoint, direction, inquiry.clone());
        let allowed = evaluate(&stages, inquiry, |step| decisions.take(&step));
        Side {
            direction,
            host_network: pods.host_network,
            unread: connectivity.unread_for(pods.namespace).map(ObjectRef::of).collect(),
            allowed,
            layered: stages.len() > 1,
            decisions: decisions.made,
        }
    }
}

fn route(via: Vec<Via>, asked: &Bounds, sides: Vec<Side>) -> Route {
    let traffic = sides.iter().fold(asked.clone(), |traffic, side| traffic.and(&side.allowed));
    Route { via, asked: asked.clone(), traffic, sides }
}

/// Ways that do not differ are told once.
fn add(routes: &mut Vec<Route>, traffic: &mut Bounds, route: Route) {
    *traffic = traffic.or(&route.traffic);
    if !routes.contains(&route) {
        routes.push(route);
    }
}
