//! `netvet.yaml`: what a team tells netvet about its clusters, and what it wants to hear.
//!
//! Reading is strict: an unknown key, a value of the wrong type or a rule that does not exist is
//! an error, and all errors of a file are found at once. Every value keeps its place. What the
//! values mean for a cluster is decided by `scope` and `model`, not here, and which rules exist
//! comes in as [`Known`].

pub mod custom;
mod date;
pub mod field_path;
mod find;
mod known;
mod paths;
mod read;
mod rules;
mod schema;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::RangeInclusive;

use ipnet::IpNet;

pub use date::Date;
pub use find::{Ambiguous, FILE_NAMES, find};
pub use known::{Known, KnownRule, suggest};
pub use paths::{PathBase, Patterns};
pub use rules::{Level, RuleSetting, RuleSettings};
pub use schema::schema;

use crate::diagnostic::Label;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::{Node, Parsed, ProblemKind, Text, parse};
use read::Reader;

/// The values of a configuration; the default is that of an empty file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub clusters: Vec<Cluster>,
    /// Ranges that nothing may overlap.
    pub reserved: Vec<ReservedRange>,
    /// Names of clusters whose networks are joined; each group has at least two.
    pub peered: Vec<Vec<Spanned<String>>>,
    /// Services that exist, but not in these files.
    pub external_services: Vec<Spanned<ServiceName>>,
    /// What is not read.
    pub exclude: Patterns,
    pub rules: RuleSettings,
    pub ignores: Ignores,
    /// Globs of files with rules of the team's own, see [`custom`].
    pub custom_rules: Vec<Spanned<String>>,
}

/// What is said about one cluster. Without `paths` it speaks of the cluster that is found under
/// this name.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: Spanned<String>,
    pub paths: Patterns,
    /// A minor version, perhaps with a patch: `1.36`, `v1.36.2`, `v1.36.2+k3s1`.
    pub kubernetes: Option<Spanned<String>>,
    /// How many nodes it is planned to have.
    pub nodes: Option<Spanned<u64>>,
    /// Of one node.
    pub max_pods: Option<Spanned<u64>>,
    /// In bytes.
    pub underlay_mtu: Option<Spanned<u64>>,
    pub node_networks: Vec<Spanned<IpNet>>,
    /// One of [`CNIS`].
    pub cni: Option<Spanned<String>>,
    /// One of [`PROVIDERS`].
    pub provider: Option<Spanned<String>>,
}

#[derive(Clone, Debug)]
pub struct ReservedRange {
    pub cidr: Spanned<IpNet>,
    pub name: Option<Spanned<String>>,
}

/// A Service as the configuration names it: `vault.security`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceName {
    pub name: String,
    pub namespace: String,
}

/// An entry of `ignores`; at least one of `path` and `object` is set.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The whole entry.
    pub span: Span,
    /// The id of a rule, or a category.
    pub rule: Spanned<String>,
    /// A pattern.
    pub path: Option<Spanned<String>>,
    /// `Kind/namespace/name` as far as they exist, as reports name an object.
    pub object: Option<Spanned<String>>,
    pub reason: Option<Spanned<String>>,
    /// The last day on which it holds.
    pub until: Option<Spanned<Date>>,
}

/// All entries of `ignores`.
#[derive(Clone, Debug, Default)]
pub struct Ignores {
    pub entries: Vec<Ignore>,
    paths: Patterns,
    /// The entry of each of `paths`.
    owners: Vec<usize>,
}

impl Ignores {
    /// The entries whose `path` matches a path as [`PathBase::relative`] gives it, by their index.
    pub fn of_path(&self, relative: &str) -> Vec<usize> {
        self.paths.matching(relative).into_iter().map(|pattern| self.owners[pattern]).collect()
    }
}

/// Something that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
    pub related: Vec<Label>,
}

/// The names that `cni` takes.
pub const CNIS: &[&str] = &[
    "antrea",
    "aws-vpc-cni",
    "azure-cni",
    "bridge",
    "calico",
    "canal",
    "cilium",
    "flannel",
    "kindnet",
    "kube-ovn",
    "kube-router",
    "ovn-kubernetes",
    "weave",
    "other",
];

/// The names that `provider` takes.
pub const PROVIDERS: &[&str] = &[
    "aks",
    "aws",
    "azure",
    "bare-metal",
    "digitalocean",
    "eks",
    "gcp",
    "gke",
    "hetzner",
    "openstack",
    "other",
];

/// Of nodes, and of pods on a node. Kubernetes itself is built for 5,000 nodes and 110 pods on each
/// (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
const MOST: u64 = 1_000_000;

const KEYS: &[&str] = &[
    "clusters",
    "reserved",
    "peered",
    "external-services",
    "exclude",
    "rules",
    "ignores",
    "custom-rules",
];

const CLUSTER_KEYS: &[&str] = &[
    "paths",
    "kubernetes",
    "nodes",
    "max-pods",
    "underlay-mtu",
    "node-networks",
    "cni",
    "provider",
];

const RESERVED_KEYS: &[&str] = &["cidr", "name"];

const IGNORE_KEYS: &[&str] = &["rule", "path", "object", "reason", "until"];

/// RFC 791: every IPv4 link carries 68 bytes, and no packet is longer than 65,535.
const MTU: RangeInclusive<u64> = 68..=65_535;

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, by place; there is at least one problem.
    pub fn parse(text: &str, file: FileId, known: &Known) -> Result<Config, Vec<ConfigProblem>> {
        let parsed = parse(Text::whole(file, text), false);
        let mut reader = Reader::default();
        syntax_problems(&mut reader, &parsed);
        let config = match only_document(&mut reader, &parsed) {
            Some(root) => config(&mut reader, root, known),
            None => Config::default(),
        };
        let mut problems = reader.problems;
        if problems.is_empty() {
            return Ok(config);
        }
        problems.sort_by_key(|problem| problem.span);
        Err(problems)
    }

    /// The globs of `custom-rules` alone, whatever else is wrong with a configuration: which rules
    /// there are must be known before it can be read.
    pub fn custom_rules(text: &str, file: FileId) -> Vec<Spanned<String>> {
        let parsed = parse(Text::whole(file, text), false);
        let mut reader = Reader::default();
        match only_document(&mut reader, &parsed) {
            Some(root) => reader.list(root, ("custom-rules", "globs"), Reader::text),
            None => Vec::new(),
        }
    }
}

impl Config {
    /// What a repository said about its clusters at another time, and what it left out of reports
    /// then, looked at as it is looked at now: with these clusters, rules and excludes.
    pub fn as_of(&self, then: Config) -> Config {
        let mut known = then.clusters;
        let clusters = self.clusters.iter().map(|cluster| {
            let same = known.iter().position(|then| *then.name == *cluster.name);
            let facts = same.map(|index| known.swap_remove(index));
            let (name, paths) = (cluster.name.clone(), cluster.paths.clone());
            Cluster { name, paths, ..facts.unwrap_or_else(|| Cluster::unknown(&cluster.name)) }
        });
        Config {
            clusters: clusters.collect(),
            reserved: then.reserved,
            peered: then.peered,
            external_services: then.external_services,
            ignores: then.ignores,
            ..self.clone()
        }
    }
}

impl Cluster {
    /// One of which nothing is said.
    fn unknown(name: &Spanned<String>) -> Cluster {
        Cluster {
            name: name.clone(),
            paths: Patterns::default(),
            kubernetes: None,
            nodes: None,
            max_pods: None,
            underlay_mtu: None,
            node_networks: Vec::new(),
            cni: None,
            provider: None,
        }
    }
}

fn syntax_problems(reader: &mut Reader, parsed: &Parsed<'_>) {
    for problem in &parsed.problems {
        match &problem.kind {
            ProblemKind::Broken { message } => {
                reader.problem(problem.span, format!("this is not YAML: {message}"));
            }
            ProblemKind::DuplicateKey { key, first } => {
                let message = format!("the key {} is written twice", read::quote(key));
                reader.problem(problem.span, message).related = read::first_here(*first);
            }
            ProblemKind::RecursiveAlias => {
                reader.problem(problem.span, "an alias inside the value that it stands for");
            }
            ProblemKind::AliasExpansion { nodes } => {
                let message = format!("with its aliases written out, the file has {nodes} values");
                reader.problem(problem.span, message);
            }
        }
    }
}

/// The root of the one document that has something in it.
fn only_document<'t>(reader: &mut Reader, parsed: &'t Parsed<'_>) -> Option<Node<'t>> {
    let roots = parsed.tree.documents().iter().map(|document| parsed.tree.root(document));
    let mut roots = roots.filter(|root| !root.is_null());
    let root = roots.next()?;
    if let Some(second) = roots.next() {
        let message = "a second document, where a configuration has one";
        reader.problem(second.span(), message);
    }
    Some(root)
}

fn config(reader: &mut Reader, root: Node<'_>, known: &Known) -> Config {
    if !reader.map(root, "the configuration", KEYS) {
        return Config::default();
    }
    let clusters = reader.optional(root, "clusters", |reader, clusters| {
        let named = reader.named(clusters, "a map of names to clusters");
        Some(named.into_iter().map(|(name, value)| cluster(reader, name, value)).collect())
    });
    Config {
        clusters: clusters.unwrap_or_default(),
        reserved: reader.list(root, ("reserved", "ranges with their names"), reserved_range),
        peered: reader.optional(root, "peered", peered).unwrap_or_default(),
        external_services: reader.list(root, ("external-services", "Services"), service_name),
        exclude: patterns(reader, root, "exclude"),
        rules: reader
            .optional(root, "rules", |reader, node| Some(rules::read(reader, node, known)))
            .unwrap_or_default(),
        ignores: ignores(reader, root, known),
        custom_rules: reader.list(root, ("custom-rules", "globs"), Reader::text),
    }
}

fn cluster(reader: &mut Reader, name: Spanned<String>, node: Node<'_>) -> Cluster {
    if !node.is_null() {
        reader.map(node, &format!("the cluster {}", read::quote(&name)), CLUSTER_KEYS);
    }
    Cluster {
        paths: patterns(reader, node, "paths"),
        kubernetes: reader.optional(node, "kubernetes", |reader, node| {
            reader.parsed(node, "a version such as `\"1.36\"`", |text| {
                is_version(text).then(|| text.to_owned())
            })
        }),
        nodes: reader.optional(node, "nodes", |reader, node| reader.integer(node, 1..=MOST)),
        max_pods: reader.optional(node, "max-pods", |reader, node| reader.integer(node, 1..=MOST)),
        underlay_mtu: reader
            .optional(node, "underlay-mtu", |reader, node| reader.integer(node, MTU)),
        node_networks: reader.list(node, ("node-networks", "ranges"), Reader::range),
        cni: reader.optional(node, "cni", |reader, node| reader.word(node, CNIS)),
        provider: reader.optional(node, "provider", |reader, node| reader.word(node, PROVIDERS)),
        name,
    }
}

/// Whether a text names a minor version of Kubernetes: `1.36`, `v1.36.2`, and what vendors append
/// (`v1.36.2+k3s1`).
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let release = text.split(['+', '-']).next().unwrap_or_default();
    let numbers: Vec<&str> = release.split('.').collect();
    let is_number = |text: &&str| {
        (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    matches!(numbers.len(), 2 | 3) && numbers.iter().all(is_number)
}

fn reserved_range(reader: &mut Reader, node: Node<'_>) -> Option<ReservedRange> {
    if !reader.map(node, "a reserved range", RESERVED_KEYS) {
        return None;
    }
    let name = reader.optional(node, "name", Reader::text);
    let cidr = reader.required(node, ("cidr", "the reserved range"), Reader::range)?;
    Some(ReservedRange { cidr, name })
}

fn peered(reader: &mut Reader, node: Node<'_>) -> Option<Vec<Vec<Spanned<String>>>> {
    let mut groups = Vec::new();
    for group in node.items() {
        let names: Vec<_> = group.items().filter_map(|item| reader.text(item)).collect();
        if group.items().count() < 2 {
            // For `[prod, dr]`, this is one mistake.
            let flat = node.items().all(|item| item.str().is_some());
            let place = if flat { node } else { group };
            reader.problem(place.span(), "clusters are joined in groups of at least two").help =
                Some("write a list of lists: `[[prod, dr]]`".to_owned());
            if flat {
                break;
            }
        }
        groups.push(names);
    }
    if !node.is_sequence() {
        reader.wrong_type(node, "a list of lists of clusters");
    }
    Some(groups)
}

fn service_name(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<ServiceName>> {
    reader.parsed(node, "a Service with its namespace such as `vault.security`", |text| {
        let (name, namespace) = text.split_once('.')?;
        let label = |text: &str| {
            let inner =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !text.is_empty() && text.bytes().all(inner)
        };
        let valid = label(name) && label(namespace);
        valid.then(|| ServiceName { name: name.to_owned(), namespace: namespace.to_owned() })
    })
}

/// The patterns of a list; what is wrong with one is noted at it.
fn patterns(reader: &mut Reader, map: Node<'_>, key: &str) -> Patterns {
    let written = reader.list(map, (key, "globs"), Reader::text);
    checked_patterns(reader, written)
}

fn checked_patterns(reader: &mut Reader, written: Vec<Spanned<String>>) -> Patterns {
    let spans: Vec<Span> = written.iter().map(|pattern| pattern.span).collect();
    let (patterns, problems) = Patterns::new(written);
    for (index, message) in problems {
        reader.problem(spans[index], message);
    }
    patterns
}

fn ignores(reader: &mut Reader, root: Node<'_>, known: &Known) -> Ignores {
    let read = |reader: &mut Reader, node: Node<'_>| ignore(reader, node, known);
    let entries = reader.list(root, ("ignores", "ignores"), read);
    let with_path = |(index, entry): (usize, &Ignore)| Some((index, entry.path.clone()?));
    let (owners, written) = entries.iter().enumerate().filter_map(with_path).unzip();
    let paths = checked_patterns(reader, written);
    Ignores { entries, paths, owners }
}

fn ignore(reader: &mut Reader, node: Node<'_>, known: &Known) -> Option<Ignore> {
    if !reader.map(node, "an ignore", IGNORE_KEYS) {
        return None;
    }
    let path = reader.optional(node, "path", Reader::text);
    let object = reader.optional(node, "object", Reader::text);
    if ["path", "object"].into_iter().all(|key| node.get(key).is_none_or(Node::is_null)) {
        reader.problem(node.span(), "the ignore has neither `path` nor `object`").help =
            Some("to leave a rule out everywhere, set it to `off` under `rules`".to_owned());
    }
    let reason = reader.optional(node, "reason", Reader::text);
    let until = reader.optional(node, "until", |reader, node| {
        reader.parsed(node, "a date such as `2027-03-31`", Date::parse)
    });
    let mut rule = reader.required(node, ("rule", "the ignore"), Reader::text)?;
    match known.resolve(&rule) {
        Some(name) => rule.value = name.to_owned(),
        None => rules::unknown(reader, &rule, known),
    }
    Some(Ignore { span: node.span(), rule, path, object, reason, until })
}
