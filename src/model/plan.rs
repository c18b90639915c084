//! The address plan as people look at it: every range in the order of addresses, inside the one
//! that it lies in, with what it holds, what is left and what it collides with.
//!
//! It is made of owned values, to outlive the network that it is taken from. Rules do not read
//! it; they have the same facts, and more, in [`super::addresses`].

use std::cmp::Reverse;

use super::Network;
use super::addresses::overlap::Coverage;
use super::addresses::range::parse_cidr;
use super::addresses::{AddressRange, Duty, Family, IpRange, Known, Role, Source};
use super::capacity::NodeRanges;
use super::capacity::node_ranges::power_of_two;
use crate::source::Span;

#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// How many nodes there are or are to be, at the least; 0 if nobody says.
    pub nodes: u64,
    /// In the order of addresses, IPv4 first.
    pub entries: Vec<Entry>,
    /// The largest private ranges of IPv4 that nothing overlaps.
    pub free: Vec<IpRange>,
}

/// One range with everything that states it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub range: IpRange,
    /// How many others it lies in.
    pub depth: usize,
    /// The weightiest first; never empty.
    pub statements: Vec<Statement>,
    /// Indices of earlier entries that it overlaps and must not.
    pub collisions: Vec<usize>,
    pub usage: Option<Usage>,
    /// What no other entry takes of a network of nodes, the largest first.
    pub free: Vec<IpRange>,
}

/// One place that states a range.
#[derive(Clone, Debug)]
pub struct Statement {
    pub role: Role,
    /// `pod range`, `` address of node `n1` ``.
    pub what: String,
    /// The field as its users call it.
    pub field: &'static str,
    pub known: Known,
    pub span: Span,
    /// `Kind/namespace/name`; `None` for what the configuration of netvet says.
    pub object: Option<String>,
    /// Overlaps with it are no mistake: a disabled pool, a network of its own.
    stands_apart: bool,
}

/// How much of a range is used, as far as the files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It is cut into one range for each node.
    Nodes {
        /// The prefix length of a node's range.
        mask: u8,
        /// How many nodes get one.
        room: u128,
        /// How many addresses each of them has for pods.
        addresses: u128,
    },
    /// Nodes take blocks of it as they need them.
    Blocks {
        /// The prefix length of a block.
        mask: u8,
        room: u128,
    },
    /// Single addresses are taken from it.
    Addresses { room: u128, used: u64 },
}

/// As many free ranges are told of the whole plan, and of one network.
const MOST_FREE: usize = 5;

/// Private space: RFC 1918.
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/// Ranges that lie in each other deeper than CIDRs can are not looked into: they are no plan.
const MOST_DEPTH: usize = 129;

/// Nor are those counted that overlap in so many ways.
const MOST_STEPS: usize = 50_000_000;

pub fn build(network: &Network<'_>) -> Plan {
    let mut statements = statements(network);
    statements.sort_by_key(|(range, statement)| {
        let place = (range.family(), range.first(), Reverse(range.last()));
        (place, statement.known, statement.role, statement.span)
    });
    let mut entries: Vec<Entry> = Vec::new();
    for (range, statement) in statements {
        match entries.last_mut().filter(|entry| entry.range == range) {
            Some(entry) => entry.statements.push(statement),
            None => entries.push(Entry {
                range,
                depth: 0,
                statements: vec![statement],
                collisions: Vec::new(),
                usage: None,
                free: Vec::new(),
            }),
        }
    }
    nest(&mut entries, network.addresses.pods_share_node_network);
    count(&mut entries, network);
    let free = free(&entries);
    Plan { nodes: network.capacity.nodes.at_least(), entries, free }
}

fn statements(network: &Network<'_>) -> Vec<(IpRange, Statement)> {
    let plan = &network.addresses;
    let mut found: Vec<(IpRange, Statement)> =
        plan.ranges.iter().map(|range| (range.range, of_range(network, range))).collect();
    let addresses = plan.service_addresses.iter().map(|address| {
        let source = address.source;
        let what = format!("{} of `{}`", source.noun(), address.object.name());
        let object = Some(address.object.resource.identity());
        let statement = statement(source, what, Known::Written, address.span, object);
        (IpRange::single(address.address), statement)
    });
    found.extend(addresses);
    found.extend(plan.dns.iter().map(|dns| {
        let object = Some(dns.object.resource.identity());
        let what = dns.source.noun().to_owned();
        let statement = statement(dns.source, what, dns.known, dns.span, object);
        (IpRange::single(dns.address), statement)
    }));
    found
}

fn statement(
    source: Source,
    what: String,
    known: Known,
    span: Span,
    object: Option<String>,
) -> Statement {
    let (role, field) = (source.role(), source.field());
    Statement { role, what, field, known, span, object, stands_apart: known == Known::Assumed }
}

fn of_range(network: &Network<'_>, range: &AddressRange<'_>) -> Statement {
    let pool = range.pool.map(|pool| &network.addresses.pools[pool]);
    let attachment = range.role() == Role::CniSubnet && range.source.duty() == Duty::Extends;
    let what = match range.name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{} `{name}`", range.noun()),
        None => range.noun().to_owned(),
    };
    Statement {
        role: range.role(),
        what,
        field: range.source.field(),
        known: range.known,
        span: range.span,
        object: range.object.map(|object| object.resource.identity()),
        stands_apart: attachment
            || range.known == Known::Assumed
            || pool.is_some_and(|pool| pool.is_disabled()),
    }
}

/// Finds what lies in what, and what should not.
fn nest(entries: &mut [Entry], pods_share_node_network: bool) {
    let mut open: Vec<usize> = Vec::new();
    for index in 0..entries.len() {
        let range = entries[index].range;
        while open.last().is_some_and(|outer| !entries[*outer].range.overlaps(range)) {
            open.pop();
        }
        let parent = open.iter().rev().find(|outer| entries[**outer].range.contains(range));
        entries[index].depth = parent.map_or(0, |parent| entries[*parent].depth + 1);
        let collides = |outer: &&usize| {
            let outer = &entries[**outer];
            outer.range.overlaps(range) && collide(outer, &entries[index], pods_share_node_network)
        };
        let collisions = open.iter().filter(collides).copied().collect();
        entries[index].collisions = collisions;
        if open.len() < MOST_DEPTH {
            open.push(index);
        }
    }
}

fn collide(outer: &Entry, inner: &Entry, pods_share_node_network: bool) -> bool {
    let facts = |entry: &Entry| entry.statements.iter().any(|statement| !statement.stands_apart);
    let fits = inner
        .statements
        .iter()
        .any(|inner| outer.statements.iter().any(|outer| may_lie_in(inner.role, outer.role)));
    let roles = |entry: &Entry| -> Vec<Role> {
        entry.statements.iter().map(|statement| statement.role).collect()
    };
    let of_nodes =
        |roles: &[Role]| roles.iter().any(|role| matches!(role, Role::Node | Role::NodeNetwork));
    let shared = pods_share_node_network && (of_nodes(&roles(outer)) || of_nodes(&roles(inner)));
    facts(outer) && facts(inner) && !fits && !shared
}

/// Whether a range of one role is at home in a range of another one.
fn may_lie_in(inner: Role, outer: Role) -> bool {
    match inner {
        Role::Pod => outer == Role::Pod,
        Role::IpPool => matches!(outer, Role::Pod),
        Role::NodePodCidr => matches!(outer, Role::Pod | Role::IpPool),
        Role::CniSubnet => matches!(outer, Role::Pod | Role::IpPool | Role::NodePodCidr),
        Role::Service | Role::Dns => outer == Role::Service,
        Role::Node | Role::NodeNetwork => outer == Role::NodeNetwork,
        Role::LoadBalancer => matches!(outer, Role::LoadBalancer | Role::NodeNetwork),
        Role::Reserved => outer == Role::Reserved,
        // Hosts use the same ranges, each for itself.
        Role::Docker => outer == Role::Docker,
    }
}

fn count(entries: &mut [Entry], network: &Network<'_>) {
    let mut steps = MOST_STEPS;
    for index in 0..entries.len() {
        let range = entries[index].range;
        let inside: &[Entry] = &entries[index + 1..];
        let end = inside.partition_point(|entry| {
            entry.range.family() == range.family() && entry.range.first() <= range.last()
        });
        let inside = &inside[..end];
        steps = steps.saturating_sub(end);
        if range.size() == 1 || steps == 0 {
            continue;
        }
        let has = |role: Role| entries[index].statements.iter().any(|found| found.role == role);
        let used = |roles: &[Role]| -> u64 {
            let single = |entry: &&Entry| entry.range.size() == 1;
            let of_roles =
                |entry: &&Entry| entry.statements.iter().any(|found| roles.contains(&found.role));
            inside.iter().filter(single).filter(of_roles).count() as u64
        };
        let cut = network.capacity.node_ranges.iter().find(|cut| cut.pods.range == range);
        let usage = match cut {
            Some(cut) => Some(of_nodes(cut)),
            None if has(Role::IpPool) => blocks(network, range),
            // The first address is that of the Service `kubernetes`.
            None if has(Role::Service) => {
                let first = range.nth(1).map(IpRange::single);
                let counted = inside.iter().any(|entry| Some(entry.range) == first);
                let used = used(&[Role::Service, Role::Dns]) + u64::from(!counted);
                Some(Usage::Addresses { room: range.size().saturating_sub(2), used })
            }
            None if has(Role::NodeNetwork) => {
                let used = used(&[Role::Node, Role::LoadBalancer]);
                Some(Usage::Addresses { room: range.size().saturating_sub(2), used })
            }
            None if has(Role::LoadBalancer) => {
                Some(Usage::Addresses { room: range.size(), used: used(&[Role::LoadBalancer]) })
            }
            None => None,
        };
        let free = match has(Role::NodeNetwork) && !inside.is_empty() {
            true => {
                let taken: Vec<IpRange> = inside.iter().map(|entry| entry.range).collect();
                largest(Coverage::of(&taken).gaps_in(range))
            }
            false => Vec::new(),
        };
        entries[index].usage = usage;
        entries[index].free = free;
    }
}

fn of_nodes(cut: &NodeRanges<'_>) -> Usage {
    let addresses = cut.addresses_per_node();
    Usage::Nodes { mask: cut.mask.length, room: cut.nodes(), addresses }
}

fn blocks(network: &Network<'_>, range: IpRange) -> Option<Usage> {
    let pool = network.addresses.pools.iter().find(|pool| pool.range() == range)?;
    let mask = u8::try_from(pool.block_size()).ok()?;
    let bits = mask.checked_sub(range.prefix()?)?;
    Some(Usage::Blocks { mask, room: power_of_two(bits) })
}

/// The largest free CIDRs of the private space.
fn free(entries: &[Entry]) -> Vec<IpRange> {
    if !entries.iter().any(|entry| entry.range.family() == Family::V4) {
        return Vec::new();
    }
    let taken: Vec<IpRange> = entries.iter().map(|entry| entry.range).collect();
    let taken = Coverage::of(&taken);
    let private = PRIVATE.map(|place| {
        parse_cidr(place).expect("internal error: a private range that is no CIDR").range()
    });
    let gaps = private.into_iter().flat_map(|place| taken.gaps_in(place));
    largest(gaps.flat_map(IpRange::cidrs).collect())
}

fn largest(mut ranges: Vec<IpRange>) -> Vec<IpRange> {
    ranges.sort_by_key(|range| (Reverse(range.size()), *range));
    ranges.truncate(MOST_FREE);
    ranges
}
