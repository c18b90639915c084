//! `compose-host-port-collision`: see the page.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::compose::{Port, PortRange, Project, ProjectKind, Service};
use crate::model::ports::Protocol;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-host-port-collision.md"),
    check: Check::Network(check),
};

/// Beyond so many holders of one port, looking at all pairs costs too much.
const MAX_HOLDERS: usize = 50;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for project in &network.compose.projects {
        findings.extend(collisions(project));
        if !project.is_for_swarm() {
            let services = project.services.iter();
            findings.extend(services.filter_map(|service| several_containers(project, service)));
        }
    }
}

/// A port of the host that is taken for certain.
struct Taken<'p> {
    service: &'p Service,
    port: &'p Port,
    range: PortRange,
    /// `None` for every address.
    address: Option<IpAddr>,
}

impl Taken<'_> {
    fn collides_with(&self, other: &Taken<'_>) -> bool {
        let overlap = self.range.first <= other.range.last && other.range.first <= self.range.last;
        overlap && same_address(self.address, other.address) && {
            std::ptr::eq(self.service, other.service) || self.service.runs_with(other.service)
        }
    }
}

/// Every address is both families at once; `0.0.0.0` is every one of its own family.
fn same_address(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one == other
        || (one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified()))
}

fn taken<'p>(project: &'p Project, service: &'p Service) -> Vec<(Protocol, Taken<'p>)> {
    let ports = project.published(service).iter();
    let taken = ports.filter_map(|port| {
        let address = match &port.host_ip {
            Field::Absent => None,
            Field::Known(address) => Some(address.value),
            Field::Unknown(_) => return None,
        };
        let range = port.taken()?;
        Some((port.protocol?, Taken { service, port, range, address }))
    });
    taken.collect()
}

fn collisions(project: &Project) -> Vec<Diagnostic> {
    let mut by_port: BTreeMap<(Protocol, u16), Vec<Taken<'_>>> = BTreeMap::new();
    let mut found = Vec::new();
    for service in &project.services {
        for (protocol, taken) in taken(project, service) {
            let mut first: Option<Diagnostic> = None;
            // Long ranges are rare; their first ports are enough to meet another one like them.
            for number in (taken.range.first..=taken.range.last).take(1000) {
                let known = by_port.entry((protocol, number)).or_default();
                if first.is_none() {
                    let held = known.iter().find(|held| held.collides_with(&taken));
                    first = held.map(|held| finding(project, held, &taken, protocol, number));
                }
                if known.len() < MAX_HOLDERS {
                    known.push(Taken { ..taken });
                }
            }
            found.extend(first);
        }
    }
    found
}

fn finding(
    project: &Project,
    held: &Taken<'_>,
    taken: &Taken<'_>,
    protocol: Protocol,
    number: u16,
) -> Diagnostic {
    let (name, other) = (&taken.service.name.value, &held.service.name.value);
    let address =
        taken.address.or(held.address).map(|it| format!(" on `{it}`")).unwrap_or_default();
    let message = match std::ptr::eq(taken.service, held.service) {
        true => format!("`{name}` publishes {protocol} port {number} of the host{address} twice"),
        false => format!(
            "`{name}` publishes {protocol} port {number} of the host{address}, which `{other}` publishes, too"
        ),
    };
    let severity = match project.files.len() {
        1 => Severity::Error,
        // Which files go together is known for the folder's own project alone.
        _ if project.kind == ProjectKind::Found => Severity::Error,
        _ => Severity::Warning,
    };
    Diagnostic::new(severity, taken.port.place().label(""), message)
        .related(held.port.place().label(format!("`{other}` has it")))
        .help("give one of them another port of the host")
}

/// Several containers of one service, each of which wants one port of the host.
fn several_containers(project: &Project, service: &Service) -> Option<Diagnostic> {
    let count = service.count().filter(|count| count.value > 1)?;
    let port = project.published(service).iter().find(|port| {
        let is_host = port.mode.value().is_none_or(|mode| mode == "ingress");
        is_host && port.taken().is_some()
    })?;
    let (name, range) = (&service.name.value, port.taken()?);
    // `deploy` may be meant for a swarm, where one port leads to all of them.
    let severity = match service.scale.known() {
        Some(_) => Severity::Error,
        None => Severity::Warning,
    };
    let message = format!(
        "{} containers of `{name}` want port {range} of the host, and one can have it",
        count.value
    );
    Some(
        Diagnostic::new(severity, port.place().label(""), message)
            .related(count.label(format!("{} containers", count.value)))
            .help("publish a range with a port for each, or leave the port of the host out"),
    )
}
