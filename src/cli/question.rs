//! One question to `netvet connections`: from whom, to whom, to which port.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Failure;
use super::args::ConnectionsArgs;
use crate::model::Network;
use crate::model::addresses::range::parse_address;
use crate::model::connectivity::connections::{self, Connection, Party, Traffic};
use crate::model::connectivity::explain::{Explained, Explainer, ObjectRef};
use crate::model::connectivity::leads::{self, Gap, Lead};
use crate::model::connectivity::traffic::Bounds;
use crate::model::policies::Direction;
use crate::model::ports::Protocol;
use crate::model::services::Service;

/// How many names are told in place of an unknown one.
const NEAREST: usize = 3;

/// What is asked; everything where an end or the port is left open.
pub struct Question<'q> {
    from: Option<End<'q>>,
    to: Option<End<'q>>,
    port: Option<(Protocol, u16)>,
    both_families: bool,
}

enum End<'q> {
    External,
    IngressController,
    Address(IpAddr),
    Named(&'q str),
}

/// What one cluster answers.
#[derive(Default)]
pub struct Answer {
    pub connections: Vec<Connection>,
    /// The Services that `--to` names and that lead nowhere.
    pub gaps: Vec<(ObjectRef, Gap)>,
    from: Known,
    to: Known,
}

/// What one cluster answers to why.
#[derive(Default)]
pub struct Reasons {
    pub explained: Vec<Explained>,
    pub answer: Answer,
}

/// Whether a cluster knows an end, and else which names it has.
#[derive(Default)]
struct Known {
    here: bool,
    names: BTreeSet<String>,
}

impl<'q> Question<'q> {
    pub fn new(args: &'q ConnectionsArgs) -> Result<Question<'q>, Failure> {
        Ok(Question {
            from: args.from.as_deref().map(End::new),
            to: args.to.as_deref().map(End::new),
            port: args.port.as_deref().map(port).transpose()?,
            // Versions are compared in both: only one of them may speak of IPv6.
            both_families: args.diff.is_some(),
        })
    }

    /// Whether everything is asked for.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.port.is_none()
    }

    pub fn ask(&self, network: &Network<'_>) -> Answer {
        let connections = match self.both_families {
            true => connections::of_families(network),
            false => connections::all(network),
        };
        if self.is_open() {
            return Answer { connections, ..Answer::default() };
        }
        let (mut answer, leads) = self.ends(network);
        let owners = connections::owners(network);
        let behind = leads.map(|leads| {
            let mut behind: BTreeMap<&Party, Bounds> = BTreeMap::new();
            for lead in &leads {
                for owner in &owners[lead.endpoint] {
                    let ports = behind.entry(owner).or_default();
                    *ports = ports.or(&lead.target);
                }
            }
            behind
        });
        let own = Bounds::known(self.ports());
        let asked = connections.into_iter().filter(|one| self.is_from(&one.source));
        let asked = asked.filter_map(|one| {
            let meant = match &behind {
                Some(behind) => behind.get(&one.destination)?,
                None if !self.is_to(&one.destination) => return None,
                None => &own,
            };
            let traffic = one.traffic.and(meant);
            (!traffic.possible.is_none()).then_some(Connection { traffic, ..one })
        });
        answer.connections = asked.collect();
        answer
    }

    /// Why what is asked comes through or does not. Where no end is named, all that may come
    /// through is explained, and what an Ingress or a Route leads to.
    pub fn explain(&self, network: &Network<'_>) -> Reasons {
        let explainer = Explainer::new(network);
        let (answer, leads) = self.ends(network);
        let ports = self.ports();
        let explain = |source: &Party, destination: &Party| {
            explainer.explain(source, destination, &ports, leads.as_deref())
        };
        let mut explained = Vec::new();
        if self.from.is_none() && self.to.is_none() {
            let connections = connections::all(network);
            let there = connections.iter().filter(|one| one.source != Party::IngressController);
            let there = there.filter_map(|one| explain(&one.source, &one.destination));
            explained.extend(there.filter(|one| !one.traffic.possible.is_none()));
            let all = explainer.parties(Direction::Egress);
            explained.extend(all.iter().filter_map(|to| explain(&Party::IngressController, to)));
        } else {
            let destinations = explainer.parties(Direction::Egress);
            let is_to = |party: &&Party| match &leads {
                Some(_) => matches!(party, Party::Workload { .. }),
                None => self.is_to(party),
            };
            let destinations: Vec<&Party> = destinations.iter().filter(is_to).collect();
            let sources = explainer.parties(Direction::Ingress);
            for source in sources.iter().filter(|party| self.is_from(party)) {
                explained.extend(destinations.iter().filter_map(|to| explain(source, to)));
            }
        }
        Reasons { explained, answer }
    }

    fn ports(&self) -> Traffic {
        let port = self.port.map(|(protocol, port)| Traffic::ports(protocol, port, port));
        port.unwrap_or_else(Traffic::all)
    }

    fn is_from(&self, party: &Party) -> bool {
        self.from.as_ref().is_none_or(|end| end.is(party))
    }

    fn is_to(&self, party: &Party) -> bool {
        self.to.as_ref().is_none_or(|end| end.is(party))
    }

    /// What a cluster knows of the ends, and where the Services lead that `--to` names.
    fn ends(&self, network: &Network<'_>) -> (Answer, Option<Vec<Lead>>) {
        let parties = connections::parties(network);
        let mut answer = Answer {
            from: Known::of(self.from.as_ref(), &parties),
            to: Known::of(self.to.as_ref(), &parties),
            ..Answer::default()
        };
        let mut leads = None;
        for service in &network.services.all {
            if matches!(self.to, Some(End::Named(_))) {
                let names = &mut answer.to.names;
                names.insert(format!("{}/{}", service.namespace, service.object.name()));
            }
            if answer.to.here || !self.to.as_ref().is_some_and(|end| end.is_service(service)) {
                continue;
            }
            let leads = leads.get_or_insert_with(Vec::new);
            match leads::of_service(network, service, self.port) {
                Ok(found) => leads.extend(found),
                Err(gap) => answer.gaps.push((ObjectRef::of(service.object), gap)),
            }
        }
        answer.to.here |= leads.is_some();
        (answer, leads)
    }

    /// An end that no cluster knows.
    pub fn check<'s>(
        &self,
        answers: impl Iterator<Item = &'s Answer> + Clone,
    ) -> Result<(), Failure> {
        check_end(self.from.as_ref(), answers.clone().map(|answer| &answer.from))?;
        check_end(self.to.as_ref(), answers.map(|answer| &answer.to))
    }
}

fn check_end<'k>(
    end: Option<&End>,
    known: impl Iterator<Item = &'k Known> + Clone,
) -> Result<(), Failure> {
    let Some(End::Named(name)) = end else { return Ok(()) };
    if known.clone().any(|known| known.here) {
        return Ok(());
    }
    let names = known.flat_map(|known| known.names.iter().map(String::as_str)).collect();
    let failure = Failure::new(format!("there is no workload or Service `{name}`"));
    Err(match nearest(name, names) {
        Some(nearest) => failure.help(format!("the nearest names are {nearest}")),
        None => failure,
    })
}

fn nearest(name: &str, names: BTreeSet<&str>) -> Option<String> {
    let short = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let distance = |other: &str| strsim::damerau_levenshtein(&short(name), &short(other));
    let mut names: Vec<(usize, &str)> =
        names.into_iter().map(|other| (distance(other), other)).collect();
    names.sort_unstable();
    let nearest = names.iter().take(NEAREST).map(|(_, name)| format!("`{name}`"));
    let nearest: Vec<String> = nearest.collect();
    (!nearest.is_empty()).then(|| nearest.join(", "))
}

impl<'q> End<'q> {
    fn new(text: &'q str) -> End<'q> {
        match parse_address(text) {
            Ok(address) => End::Address(address),
            Err(_) if text == "external" => End::External,
            Err(_) if text.trim_matches(['{', '}']) == "ingress-controller" => {
                End::IngressController
            }
            Err(_) => End::Named(text),
        }
    }

    fn is(&self, party: &Party) -> bool {
        match (self, party) {
            (End::External, Party::External(_)) => true,
            (End::IngressController, Party::IngressController) => true,
            (End::Address(address), Party::External(range)) => range.contains_address(*address),
            (End::Named(text), Party::Workload { namespace, name, kind }) => {
                is_named(text, namespace, name, kind)
            }
            _ => false,
        }
    }

    /// By its name, or by its address in the cluster.
    fn is_service(&self, service: &Service<'_>) -> bool {
        match self {
            End::Named(text) => is_named(text, service.namespace, service.object.name(), "Service"),
            End::Address(address) => service.cluster_ips().any(|own| own.value == *address),
            End::External | End::IngressController => false,
        }
    }
}

/// `name`, `namespace/name` or `Kind/name`.
fn is_named(text: &str, namespace: &str, name: &str, kind: &str) -> bool {
    match text.split_once('/') {
        Some((group, own)) => own == name && (group == namespace || group == kind),
        None => text == name,
    }
}

impl Known {
    fn of(end: Option<&End<'_>>, parties: &[Party]) -> Known {
        let Some(end) = end else { return Known::default() };
        let names = parties.iter().filter_map(|party| match party {
            Party::Workload { namespace, name, .. } => Some(format!("{namespace}/{name}")),
            _ => None,
        });
        Known { here: parties.iter().any(|party| end.is(party)), names: names.collect() }
    }
}

/// `80` is a port of TCP, as in a Service; `udp/53`.
fn port(text: &str) -> Result<(Protocol, u16), Failure> {
    let (protocol, number) = text.split_once('/').unwrap_or(("TCP", text));
    let protocol = Protocol::from_name(&protocol.to_ascii_uppercase());
    let number = number.parse().ok().filter(|number| *number > 0);
    protocol.zip(number).ok_or_else(|| {
        let failure = Failure::new(format!("`{text}` is no port"));
        failure.help("a port is written as `80`, `tcp/80`, `udp/53` or `sctp/3868`")
    })
}
