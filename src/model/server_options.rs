//! Options in which the servers of one k3s or RKE2 cluster must agree, and where they do not.
//!
//! They are the network's part of what a server compares with the server that it joins before it
//! starts: `CriticalControlArgs` in `pkg/daemons/config/types.go` of k3s, on which RKE2 builds.
//! Two configurations are held against each other only when they are those of one cluster for
//! certain: one joins at an address of the other, both join at one address or use one datastore,
//! or they lie side by side as the files of machines do.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::Object;
use super::addresses::{Family, IpRange, range};
use super::installer::k3s::{Configuration, Setting, configurations};
use crate::ingest::k3s::Flavor;
use crate::source::Span;

/// A server that says something else than another one of its cluster.
#[derive(Clone, Debug)]
pub struct Disagreement<'a> {
    pub flavor: Flavor,
    /// `cluster-cidr`.
    pub option: &'static str,
    pub here: Statement<'a>,
    /// Of the server that it joins, or of one that joined before.
    pub there: Statement<'a>,
    /// Whether `there` is the server that made the cluster.
    pub joins: bool,
}

/// What a server says about an option.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// As people write it.
    pub value: String,
    /// Whether it is written, rather than a default.
    pub is_written: bool,
    /// Where it is written; of a default, the object that leaves it out.
    pub span: Span,
    pub object: Object<'a>,
}

#[derive(Clone, Copy)]
enum Kind {
    Ranges,
    Addresses,
    Domain,
    Switch,
    Word,
}

/// The options with their defaults. `cluster-dns` follows `service-cidr`.
const OPTIONS: [(&str, Kind, &str); 9] = [
    ("cluster-cidr", Kind::Ranges, "10.42.0.0/16"),
    ("service-cidr", Kind::Ranges, "10.43.0.0/16"),
    ("cluster-dns", Kind::Addresses, ""),
    ("cluster-domain", Kind::Domain, "cluster.local"),
    ("flannel-backend", Kind::Word, "vxlan"),
    ("flannel-ipv6-masq", Kind::Switch, "false"),
    ("flannel-external-ip", Kind::Switch, "false"),
    ("disable-network-policy", Kind::Switch, "false"),
    ("egress-selector-mode", Kind::Word, "agent"),
];

/// Everything that the servers among the objects of a cluster disagree about.
pub fn disagreements<'a>(objects: &[Object<'a>]) -> Vec<Disagreement<'a>> {
    let configurations = configurations(objects);
    let servers: Vec<Server<'_, 'a>> = configurations
        .iter()
        .filter(|configuration| configuration.is_server() && configuration.node.is_some())
        .map(Server::new)
        .collect();
    let peers = Peers::new(&servers);
    let mut found = Vec::new();
    for (index, server) in servers.iter().enumerate() {
        if let Some((other, joins)) = peers.of(index, server) {
            compare(server.configuration, servers[other].configuration, joins, &mut found);
        }
    }
    found
}

struct Server<'c, 'a> {
    configuration: &'c Configuration<'a>,
    /// The host of the URL that it joins at.
    joins: Option<String>,
    datastore: Option<String>,
}

impl<'c, 'a> Server<'c, 'a> {
    fn new(configuration: &'c Configuration<'a>) -> Server<'c, 'a> {
        let joins = configuration.value("server").map(|url| host(&url).to_owned());
        let datastore = configuration.value("datastore-endpoint").map(|text| text.value);
        Server { configuration, joins, datastore }
    }

    /// What others may join it at.
    fn names(&self) -> Vec<String> {
        let options = ["node-ip", "node-external-ip", "advertise-address", "tls-san", "node-name"];
        let mut names = Vec::new();
        for option in options {
            let Setting::Given(_, values) = self.configuration.get(option) else { continue };
            let values = values.iter().flat_map(|value| value.split(&[',']));
            names.extend(values.map(|value| value.value.to_ascii_lowercase()));
        }
        names.extend(self.configuration.object.node.map(|node| node.name.to_ascii_lowercase()));
        names
    }

    fn set(&self) -> Option<&'a str> {
        self.configuration.object.node.map(|node| node.set)
    }
}

/// `https://10.0.0.1:6443` without all but the host; IPv6 addresses stand in brackets.
fn host(url: &str) -> &str {
    let rest = url.find("://").map_or(url, |at| &url[at + 3..]);
    let rest = rest.split('/').next().unwrap_or_default();
    match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// Which servers are of one cluster, each by the first of them.
struct Peers<'c, 'a> {
    by_name: FxHashMap<(Flavor, String), usize>,
    by_set: FxHashMap<(Flavor, &'a str), Option<usize>>,
    by_url: FxHashMap<(Flavor, &'c str), usize>,
    by_datastore: FxHashMap<(Flavor, &'c str), usize>,
}

impl<'c, 'a> Peers<'c, 'a> {
    fn new(servers: &'c [Server<'c, 'a>]) -> Peers<'c, 'a> {
        let mut peers = Peers {
            by_name: FxHashMap::default(),
            by_set: FxHashMap::default(),
            by_url: FxHashMap::default(),
            by_datastore: FxHashMap::default(),
        };
        for (index, server) in servers.iter().enumerate() {
            let flavor = server.configuration.flavor;
            if let Some(datastore) = &server.datastore {
                peers.by_datastore.entry((flavor, datastore)).or_insert(index);
            }
            match &server.joins {
                Some(host) => drop(peers.by_url.entry((flavor, host)).or_insert(index)),
                None => {
                    for name in server.names() {
                        peers.by_name.entry((flavor, name)).or_insert(index);
                    }
                    // Of two that join nothing, nobody knows whom the others beside them join.
                    if let Some(set) = server.set() {
                        let only = peers.by_set.entry((flavor, set));
                        only.and_modify(|only| *only = None).or_insert(Some(index));
                    }
                }
            }
        }
        peers
    }

    /// The server to hold one against, and whether that is the one that it joins.
    fn of(&self, index: usize, server: &Server<'_, 'a>) -> Option<(usize, bool)> {
        let flavor = server.configuration.flavor;
        let Some(host) = &server.joins else {
            let datastore = server.datastore.as_deref()?;
            let first = self.by_datastore.get(&(flavor, datastore)).copied()?;
            return (first != index).then_some((first, false));
        };
        let named = self.by_name.get(&(flavor, host.to_ascii_lowercase()));
        let beside = || server.set().and_then(|set| *self.by_set.get(&(flavor, set))?);
        if let Some(first) = named.copied().or_else(beside) {
            return Some((first, true));
        }
        let first = self.by_url.get(&(flavor, host.as_str())).copied()?;
        (first != index).then_some((first, false))
    }
}

fn compare<'a>(
    server: &Configuration<'a>,
    other: &Configuration<'a>,
    joins: bool,
    found: &mut Vec<Disagreement<'a>>,
) {
    let mut services_differ = false;
    for (option, kind, default) in OPTIONS {
        // RKE2 has other plugins than Flannel, and asks for one of them by another option.
        if server.flavor == Flavor::Rke2 && option.starts_with("flannel") {
            continue;
        }
        let both = match option {
            // Where the ranges differ, so do the addresses in them.
            "cluster-dns" if services_differ => continue,
            "cluster-dns" => (dns(server), dns(other)),
            _ => (said(server, option, default), said(other, option, default)),
        };
        let (Some(here), Some(there)) = both else {
            services_differ |= option == "service-cidr";
            continue;
        };
        if canonical(kind, &here.value) == canonical(kind, &there.value) {
            continue;
        }
        services_differ |= option == "service-cidr";
        let flavor = server.flavor;
        found.push(Disagreement { flavor, option, here, there, joins });
    }
}

/// `None` when it cannot be known.
fn said<'a>(
    configuration: &Configuration<'a>,
    option: &str,
    default: &str,
) -> Option<Statement<'a>> {
    let object = configuration.object;
    match configuration.get(option) {
        Setting::Given(span, values) => {
            let values: Vec<_> = values.into_iter().map(|value| value.value).collect();
            Some(Statement { value: values.join(","), is_written: true, span, object })
        }
        Setting::Absent => {
            let (value, span) = (default.to_owned(), object.resource.name_span());
            Some(Statement { value, is_written: false, span, object })
        }
        Setting::Unknown => None,
    }
}

/// Left out, it is the tenth address of the only range of Services.
fn dns<'a>(configuration: &Configuration<'a>) -> Option<Statement<'a>> {
    let stated = said(configuration, "cluster-dns", "")?;
    if stated.is_written {
        return Some(stated);
    }
    let services = said(configuration, "service-cidr", "10.43.0.0/16")?;
    let range = range::parse_cidr(&services.value).ok()?.range();
    let tenth = range.nth(10).filter(|_| range.family() == Family::V4)?;
    Some(Statement { value: tenth.to_string(), ..stated })
}

/// A value as it compares.
#[derive(PartialEq)]
enum Canonical {
    Ranges(Vec<IpRange>),
    Addresses(Vec<IpAddr>),
    Text(String),
}

fn canonical(kind: Kind, text: &str) -> Canonical {
    let pieces = || text.split(',').map(str::trim).filter(|piece| !piece.is_empty());
    let as_text = || Canonical::Text(text.trim().to_ascii_lowercase());
    match kind {
        Kind::Ranges => {
            let ranges = pieces().map(|piece| Some(range::parse_cidr(piece).ok()?.range()));
            ranges.collect::<Option<_>>().map_or_else(as_text, Canonical::Ranges)
        }
        Kind::Addresses => {
            let addresses = pieces().map(|piece| range::parse_address(piece).ok());
            addresses.collect::<Option<_>>().map_or_else(as_text, Canonical::Addresses)
        }
        Kind::Domain => Canonical::Text(text.trim().trim_end_matches('.').to_ascii_lowercase()),
        Kind::Switch => {
            let on = matches!(text.trim(), "1" | "t" | "T" | "true" | "TRUE" | "True");
            Canonical::Text(on.to_string())
        }
        Kind::Word => as_text(),
    }
}
