//! The networks of nodes: which configuration of network plugins each node uses, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, Statement, differences};
use crate::model::NodeFile;
use crate::model::cni::{Cni, CniOrigin, CniPlugin, Config};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// The folder in which a node keeps its configurations.
#[derive(Debug)]
pub struct NodeFolder<'n, 'a> {
    pub node: NodeFile<'a>,
    /// Below the node's own folder: `etc/cni/net.d`. Folders of one name are compared.
    pub path: &'a str,
    /// In the order in which they are loaded; at least one.
    pub configs: Vec<&'n Config<'a>>,
}

/// The folders of all nodes, by node.
pub fn folders<'n, 'a>(cni: &'n Cni<'a>) -> Vec<NodeFolder<'n, 'a>> {
    let mut folders: BTreeMap<(NodeFile<'a>, &'a str), Vec<&'n Config<'a>>> = BTreeMap::new();
    for config in cni.configs.iter().filter(|config| config.config.origin == CniOrigin::File) {
        let Some(node) = config.object.node.filter(|_| is_loadable(config)) else { continue };
        let path = node.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry((NodeFile { file: "", ..node }, path)).or_default().push(config);
    }
    let folders = folders.into_iter().map(|((node, path), mut configs)| {
        configs.sort_by_key(|config| config.file_name());
        NodeFolder { node, path, configs }
    });
    folders.collect()
}

fn is_loadable(config: &Config<'_>) -> bool {
    let ending = config.file_name().rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "conf" | "conflist" | "json")
}

impl<'n, 'a> NodeFolder<'n, 'a> {
    /// The configuration of the network that all pods of the node have; `None` when that cannot
    /// be known.
    pub fn network(&self) -> Option<&'n Config<'a>> {
        // Multus looks its networks up by name, and podman has one for each of its own.
        if self.path.ends_with("multus/net.d") {
            return None;
        }
        let first = self.configs.iter().find(|config| !config.is_loopback())?;
        first.config.strict_problem.is_none().then_some(*first)
    }

    /// The names of the files that matter.
    pub fn files(&self) -> BTreeMap<&'a str, &'n Config<'a>> {
        let files = self.configs.iter().filter(|config| !config.is_loopback());
        files.map(|config| (config.file_name(), *config)).collect()
    }
}

/// The networks of nodes side by side, by folder and subject. A node whose chain of plugins is
/// another one has another network: nothing else of it is compared.
pub fn network_differences<'a>(
    folders: &[NodeFolder<'_, 'a>],
) -> Vec<(Subject, Vec<Difference<'a>>)> {
    let networks = folders.iter().filter_map(|folder| Some((folder.path, folder.network()?)));
    compare(networks)
}

/// The other files of nodes side by side, by name and subject.
pub fn other_differences<'a>(
    folders: &[NodeFolder<'_, 'a>],
) -> Vec<(Subject, Vec<Difference<'a>>)> {
    let others = folders.iter().flat_map(|folder| {
        let network = folder.network().map(|network| network.file_name());
        let is_other = move |config: &&&Config<'a>| Some(config.file_name()) != network;
        let readable = |config: &&&Config<'a>| config.config.strict_problem.is_none();
        let others = folder.configs.iter().filter(is_other).filter(readable);
        others.map(|config| (config.object.node.map_or("", |node| node.file), *config))
    });
    compare(others)
}

/// Compares the configurations that have the same key.
fn compare<'n, 'a: 'n>(
    configs: impl Iterator<Item = (&'a str, &'n Config<'a>)>,
) -> Vec<(Subject, Vec<Difference<'a>>)> {
    let mut by_subject: BTreeMap<(&str, Subject), Vec<Statement<'a>>> = BTreeMap::new();
    for (key, config) in configs {
        for (subject, statement) in statements(config) {
            by_subject.entry((key, subject)).or_default().push(statement);
        }
    }
    let mut strangers: BTreeSet<(&str, NodeFile<'a>)> = BTreeSet::new();
    let mut found = Vec::new();
    for ((key, subject), mut statements) in by_subject {
        statements.retain(|statement| !strangers.contains(&(key, statement.node)));
        let differences = differences(statements);
        // The order of subjects begins with the chain.
        if subject == Subject::Chain {
            let of_strangers = differences.iter().flat_map(Difference::deviating);
            strangers.extend(of_strangers.map(|statement| (key, statement.node)));
        }
        if !differences.is_empty() {
            found.push((subject, differences));
        }
    }
    found
}

/// Something that configurations say and all nodes have to agree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The types of all plugins, in their order.
    Chain,
    /// What hands out addresses.
    Ipam,
    Name,
    Version,
    Mtu,
    /// Another field of the plugin of a type.
    Field {
        plugin: String,
        field: &'static str,
    },
}

/// What a configuration says. Values that a template fills in are left out; what is a node's own
/// (subnets, addresses, interfaces, `nodename`, paths) is not listed.
pub fn statements<'a>(config: &Config<'a>) -> Vec<(Subject, Statement<'a>)> {
    let mut found = Vec::new();
    let mut add = |subject, value: Option<(String, Span)>| {
        found.extend(Statement::of(config.object, value).map(|statement| (subject, statement)));
    };
    if let Some(chain) = chain(config) {
        add(Subject::Chain, Some(chain));
    }
    for (subject, field) in
        [(Subject::Name, &config.config.name), (Subject::Version, &config.config.cni_version)]
    {
        if !field.is_unknown() {
            add(subject, field.known().map(|text| (text.value.clone(), text.span)));
        }
    }
    let Some(first) = config.config.plugins.items().first().and_then(Field::known) else {
        return found;
    };
    let ipam = first.ipam.then(|ipam| &ipam.kind);
    if !ipam.is_unknown() {
        add(Subject::Ipam, ipam.known().map(|kind| (kind.value.clone(), kind.span)));
    }
    if let Some(mtu) = mtu(first) {
        add(Subject::Mtu, mtu.map(|mtu| (mtu.value.to_string(), mtu.span)));
    }
    for plugin in config.plugins() {
        let Some(kind) = plugin.kind.value() else { continue };
        for (field, value) in fields(plugin) {
            add(Subject::Field { plugin: kind.clone(), field }, value);
        }
    }
    found
}

/// `calico, portmap`, at the first of them.
fn chain(config: &Config<'_>) -> Option<(String, Span)> {
    let plugins = config.config.plugins.items();
    let kinds: Option<Vec<&Spanned<String>>> =
        plugins.iter().map(|plugin| plugin.value()?.kind.known()).collect();
    let kinds = kinds?;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.value.as_str()).collect();
    Some((names.join(", "), kinds.first()?.span))
}

/// The MTU of the interface in the pod: the plugin's own, or that of what it hands over to. 0
/// leaves the choice to the plugin. `None` when it cannot be known.
fn mtu(plugin: &CniPlugin) -> Option<Option<&Spanned<i64>>> {
    let delegated = plugin.delegate.value().map(|delegate| &delegate.mtu);
    let fields = [Some(&plugin.mtu), delegated];
    if fields.iter().flatten().any(|field| field.is_unknown()) {
        return None;
    }
    let written = fields.into_iter().flatten().filter_map(Field::known);
    Some(written.into_iter().find(|mtu| mtu.value != 0))
}

/// What two bridges of one network may not differ in, either.
fn fields(plugin: &CniPlugin) -> Vec<(&'static str, Option<(String, Span)>)> {
    let mut found = Vec::new();
    let flags = [
        ("ipMasq", &plugin.ip_masq),
        ("isGateway", &plugin.is_gateway),
        ("isDefaultGateway", &plugin.is_default_gateway),
        ("hairpinMode", &plugin.hairpin_mode),
        ("promiscMode", &plugin.promisc_mode),
    ];
    for (field, value) in flags {
        // Left out is the same as `false`.
        let on = value.known().filter(|on| on.value);
        if !value.is_unknown() {
            found.push((field, on.map(|on| ("true".to_owned(), on.span))));
        }
    }
    if !plugin.mode.is_unknown() {
        found.push(("mode", plugin.mode.known().map(|mode| (mode.value.clone(), mode.span))));
    }
    if let Field::Known(capabilities) = &plugin.capabilities {
        let on = capabilities.value.iter().filter(|(_, on)| on.value() == Some(&true));
        let names: BTreeSet<&str> = on.map(|(name, _)| name.as_str()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        found.push((
            "capabilities",
            Some(names).filter(|names| !names.is_empty()).map(|names| (names, capabilities.span)),
        ));
    } else if plugin.capabilities.is_absent() {
        found.push(("capabilities", None));
    }
    found
}
