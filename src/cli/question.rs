//! One question to `netvet connections`: from whom, to whom, to which port.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Failure;
use super::args::ConnectionsArgs;
use crate::model::Network;
use crate::model::addresses::range::parse_address;
use crate::model::connectivity::connections::{self, Connection, Party, Traffic};
use crate::model::connectivity::traffic::Bounds;
use crate::model::ports::Protocol;

/// How many names are told in place of an unknown one.
const NEAREST: usize = 3;

/// What is asked; everything where an end or the port is left open.
pub struct Question<'q> {
    from: Option<End<'q>>,
    to: Option<End<'q>>,
    port: Option<(Protocol, u16)>,
}

enum End<'q> {
    External,
    Address(IpAddr),
    Named(&'q str),
}

/// What one cluster answers.
#[derive(Default)]
pub struct Answer {
    pub connections: Vec<Connection>,
    from: Known,
    to: Known,
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
        })
    }

    pub fn ask(&self, network: &Network<'_>) -> Answer {
        let connections = connections::all(network);
        if self.from.is_none() && self.to.is_none() && self.port.is_none() {
            return Answer { connections, ..Answer::default() };
        }
        let parties = connections::parties(network);
        let from = Known::of(self.from.as_ref(), &parties);
        let mut to = Known::of(self.to.as_ref(), &parties);
        let own = self.port.map(|(protocol, port)| Traffic::ports(protocol, port, port));
        let own = own.unwrap_or_else(Traffic::all);
        let behind = match &self.to {
            Some(End::Named(name)) if !to.here => self.behind(network, name, &mut to),
            _ => Vec::new(),
        };
        let is_source = |party: &Party| self.from.as_ref().is_none_or(|end| end.is(party));
        let asked = connections.into_iter().filter(|one| is_source(&one.source));
        let asked = asked.filter_map(|one| {
            let meant = match &self.to {
                Some(_) if !behind.is_empty() => {
                    let ports = behind.iter().filter(|(party, _)| *party == one.destination);
                    ports.fold(Traffic::none(), |sum, (_, ports)| sum.or(ports))
                }
                Some(end) if !end.is(&one.destination) => return None,
                _ => own.clone(),
            };
            let traffic = one.traffic.and(&Bounds::known(meant));
            (!traffic.possible.is_none()).then_some(Connection { traffic, ..one })
        });
        Answer { connections: asked.collect(), from, to }
    }

    /// The pods and target ports of the Services of a name; they become known by it.
    fn behind(&self, network: &Network<'_>, name: &str, to: &mut Known) -> Vec<(Party, Traffic)> {
        let mut found = Vec::new();
        for service in &network.services.all {
            to.names.insert(format!("{}/{}", service.namespace, service.object.name()));
            if is_named(name, service.namespace, service.object.name(), "Service") {
                to.here = true;
                found.extend(connections::behind(network, service, self.port));
            }
        }
        found
    }

    /// An end that no cluster knows.
    pub fn check(&self, answers: &[(usize, Answer)]) -> Result<(), Failure> {
        check_end(self.from.as_ref(), answers.iter().map(|(_, answer)| &answer.from))?;
        check_end(self.to.as_ref(), answers.iter().map(|(_, answer)| &answer.to))
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
            Err(_) => End::Named(text),
        }
    }

    fn is(&self, party: &Party) -> bool {
        match (self, party) {
            (End::External, Party::External(_)) => true,
            (End::Address(address), Party::External(range)) => range.contains_address(*address),
            (End::Named(text), Party::Workload { namespace, name, kind }) => {
                is_named(text, namespace, name, kind)
            }
            _ => false,
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
