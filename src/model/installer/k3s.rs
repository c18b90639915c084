//! k3s and RKE2: what the files of one node state, all together.
//!
//! Defaults are those of <https://docs.k3s.io/cli/server> and
//! <https://docs.rke2.io/reference/server_config>. They hold for a server; what an agent leaves
//! out says nothing.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{Cut, DnsField, DomainField, Installer, MaxPodsField, NodeGroup, Plugin};
use super::{RangeField, RangeValue};
use crate::ingest::Body;
use crate::ingest::flags::{Flag, Flags};
use crate::ingest::k3s::{Flavor, K3sConfig, K3sOption};
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

impl Source {
    pub const K3S_CLUSTER_CIDR: Source = Source::new(Role::Pod, "cluster-cidr").defines();
    pub const K3S_SERVICE_CIDR: Source = Source::new(Role::Service, "service-cidr").defines();
    const K3S_NODE_IP: Source = Source::new(Role::Node, "node-ip").of_kubelet();
    const K3S_NODE_EXTERNAL_IP: Source = Source::new(Role::Node, "node-external-ip");
    const K3S_ADVERTISE_ADDRESS: Source =
        Source::new(Role::Node, "advertise-address").called("API server address").of_api_server();
    const K3S_SERVER: Source = Source::new(Role::Node, "server").called("control-plane endpoint");
    const K3S_CLUSTER_DNS: Source = Source::new(Role::Dns, "cluster-dns");
    const K3S_CLUSTER_DOMAIN: Source =
        Source::new(Role::Dns, "cluster-domain").defines().called("cluster domain");
}

const DEFAULT_PODS: &[&str] = &["10.42.0.0/16"];
const DEFAULT_SERVICES: &[&str] = &["10.43.0.0/16"];
const DEFAULT_DOMAIN: &str = "cluster.local";

const MASK_FIELDS: [&str; 2] = [
    "kube-controller-manager-arg: node-cidr-mask-size-ipv4",
    "kube-controller-manager-arg: node-cidr-mask-size-ipv6",
];

/// Options of components, and which component each is for.
const ARGUMENTS: [(&str, Component); 5] = [
    ("kube-apiserver-arg", Component::KubeApiserver),
    ("kube-controller-manager-arg", Component::KubeControllerManager),
    ("kube-proxy-arg", Component::KubeProxy),
    ("kube-scheduler-arg", Component::KubeScheduler),
    ("kubelet-arg", Component::Kubelet),
];

/// All files of one node, or one file of several nodes.
#[derive(Clone, Debug)]
pub struct Configuration<'a> {
    pub flavor: Flavor,
    pub node: Option<&'a str>,
    /// The first of its files.
    pub object: Object<'a>,
    /// In the order in which they are read.
    files: Vec<(Object<'a>, &'a K3sConfig)>,
}

/// The configurations among the objects of a cluster, in the order of the files.
pub fn configurations<'a>(objects: &[Object<'a>]) -> Vec<Configuration<'a>> {
    let mut found: Vec<Configuration<'a>> = Vec::new();
    let mut known: FxHashMap<(Flavor, &str), usize> = FxHashMap::default();
    for object in objects {
        let Body::K3s(config) = object.body() else { continue };
        let node = config.node.as_deref();
        let index = match node {
            Some(node) => *known.entry((config.flavor, node)).or_insert(found.len()),
            None => found.len(),
        };
        if index == found.len() {
            let (flavor, object, files) = (config.flavor, *object, Vec::new());
            found.push(Configuration { flavor, node, object, files });
        }
        found[index].files.push((*object, config));
    }
    for configuration in &mut found {
        let files = &mut configuration.files;
        files.sort_by_key(|(object, config)| (config.is_fragment, object.path));
        configuration.object = files[0].0;
    }
    found
}

/// What the files of a node make of one option.
#[derive(Clone, Debug)]
pub enum Setting {
    Absent,
    /// At the place of all values, or of the last file's.
    Given(Span, Vec<Spanned<String>>),
    Unknown,
}

impl<'a> Configuration<'a> {
    /// The last file decides, unless it only adds to what the others say.
    pub fn get(&self, name: &str) -> Setting {
        let mut setting = Setting::Absent;
        for option in self.files.iter().filter_map(|(_, config)| config.get(name)) {
            setting = self.then(setting, option);
        }
        let has_unknown = self.files.iter().any(|(_, config)| config.has_unknown);
        match setting {
            Setting::Absent if has_unknown => Setting::Unknown,
            setting => setting,
        }
    }

    fn then(&self, before: Setting, option: &K3sOption) -> Setting {
        let (given, span) = match &option.values {
            Field::Known(values) => (&values.value, values.span),
            Field::Unknown(_) => return Setting::Unknown,
            Field::Absent => return before,
        };
        match before {
            Setting::Unknown if option.adds => Setting::Unknown,
            Setting::Given(_, mut values) if option.adds => {
                values.extend(given.iter().cloned());
                Setting::Given(span, values)
            }
            _ => Setting::Given(span, given.clone()),
        }
    }

    /// The value of an option that has one.
    pub fn value(&self, name: &str) -> Option<Spanned<String>> {
        match self.get(name) {
            Setting::Given(_, values) => values.into_iter().next_back(),
            Setting::Absent | Setting::Unknown => None,
        }
    }

    fn borrowed(&self, name: &str) -> Option<&'a Spanned<String>> {
        self.files.iter().rev().find_map(|(_, config)| config.get(name)?.last())
    }

    /// `None` when it cannot be known.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Setting::Absent => Some(false),
            Setting::Given(_, values) => values.last().map(|value| is_true(value)),
            Setting::Unknown => None,
        }
    }

    /// Whether it is a server's for certain.
    pub fn is_server(&self) -> bool {
        self.files.iter().any(|(_, config)| config.is_of_server())
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

pub fn installer<'a>(configuration: &Configuration<'a>) -> Installer<'a> {
    let mut installer = Installer::new(configuration.object);
    let mut versions = configuration.files.iter().map(|(_, config)| &config.version);
    installer.kubernetes_version = versions.find_map(Field::known);
    let server = configuration.is_server();
    let (pods, services) =
        if server { (DEFAULT_PODS, DEFAULT_SERVICES) } else { (&[][..], &[][..]) };
    range(&mut installer, configuration, Source::K3S_CLUSTER_CIDR, pods);
    range(&mut installer, configuration, Source::K3S_SERVICE_CIDR, services);
    for source in [Source::K3S_NODE_IP, Source::K3S_NODE_EXTERNAL_IP, Source::K3S_ADVERTISE_ADDRESS]
    {
        let Setting::Given(_, values) = configuration.get(source.field()) else { continue };
        for address in values.iter().flat_map(|value| value.split(&[','])) {
            installer.address(source, &Field::Known(address), name(configuration));
        }
    }
    if let Some(url) = configuration.value("server") {
        installer.endpoint(Source::K3S_SERVER, &Field::Known(url));
    }
    if let Setting::Given(_, items) = configuration.get("cluster-dns") {
        // Left out, it is the tenth address of the range of Services.
        installer.dns = Some(DnsField { source: Source::K3S_CLUSTER_DNS, items, default: None });
    }
    if server {
        let value = match configuration.get("cluster-domain") {
            Setting::Given(span, values) => {
                values.into_iter().next_back().map_or(Field::Unknown(span), Field::Known)
            }
            Setting::Absent => Field::Absent,
            Setting::Unknown => Field::Unknown(configuration.object.span()),
        };
        let source = Source::K3S_CLUSTER_DOMAIN;
        installer.domain = Some(DomainField { source, value, default: DEFAULT_DOMAIN });
        let (cutter, masks) = (Cutter::ControllerManager, [Field::Absent, Field::Absent]);
        installer.cut = Some(Cut { cutter, masks, fields: MASK_FIELDS, defaults: None });
        let field = "kubelet-arg: max-pods";
        installer.max_pods = Some(MaxPodsField { field, value: Field::Absent, default: 110 });
        installer.plugin = plugin(configuration);
        installer.has_policy_controller = configuration.flavor == Flavor::K3s
            && configuration.is_on("disable-network-policy") != Some(true);
    }
    installer.without_kube_proxy = configuration.is_on("disable-kube-proxy") == Some(true);
    installer.nodes.extend(node(configuration));
    installer.node_ports = match configuration.get("service-node-port-range") {
        Setting::Given(span, mut values) => values.pop().map_or(Field::Unknown(span), Field::Known),
        Setting::Absent => Field::Absent,
        Setting::Unknown => Field::Unknown(installer.object.span()),
    };
    installer.flags = ARGUMENTS
        .iter()
        .filter_map(|(name, component)| {
            let flags = flags(&configuration.get(name))?;
            Some((*component, Cow::Owned(flags)))
        })
        .collect();
    installer
}

fn range(
    installer: &mut Installer<'_>,
    configuration: &Configuration<'_>,
    source: Source,
    default: &'static [&'static str],
) {
    let value = match configuration.get(source.field()) {
        Setting::Given(span, items) if items.iter().any(|item| !item.trim().is_empty()) => {
            RangeValue::Written { span, items }
        }
        Setting::Unknown => RangeValue::Unknown,
        Setting::Given(..) | Setting::Absent if default.is_empty() => return,
        Setting::Given(..) | Setting::Absent => RangeValue::Default(default),
    };
    installer.ranges.push(RangeField { source, value });
}

/// What it is called, or else where its files lie.
fn node<'a>(configuration: &Configuration<'a>) -> Option<NodeGroup<'a>> {
    let own = configuration.borrowed("node-name").filter(|_| configuration.node.is_some());
    let span = own.map_or(configuration.object.resource.name_span(), |name| name.span);
    Some(NodeGroup::named(name(configuration)?, span))
}

fn name<'a>(configuration: &Configuration<'a>) -> Option<&'a str> {
    let folder = configuration.object.node.map_or(configuration.node?, |node| node.name);
    let own = configuration.borrowed("node-name").map(|name| name.value.as_str());
    Some(own.unwrap_or(if folder.is_empty() { configuration.object.path } else { folder }))
}

fn plugin<'a>(configuration: &Configuration<'a>) -> Plugin<'a> {
    if configuration.flavor == Flavor::K3s {
        return match (configuration.get("flannel-backend"), configuration.value("flannel-backend"))
        {
            (_, Some(backend)) if backend.value == "none" => Plugin::None,
            (Setting::Unknown, _) => Plugin::Unknown,
            _ => Plugin::Named("flannel"),
        };
    }
    match configuration.get("cni") {
        Setting::Absent => Plugin::Named("canal"),
        Setting::Unknown => Plugin::Unknown,
        // Multus stands beside another one.
        Setting::Given(_, names) => {
            let mut names = names.iter().flat_map(|name| name.split(&[',']));
            let name = names.find(|name| name.value != "multus");
            match name.as_ref().map_or("canal", |name| name.value.as_str()) {
                "none" => Plugin::None,
                "calico" => Plugin::Named("calico"),
                "canal" => Plugin::Named("canal"),
                "flannel" => Plugin::Named("flannel"),
                "cilium" => Plugin::Named("cilium"),
                _ => Plugin::Unknown,
            }
        }
    }
}

/// `name=value` for each time that the option is given.
fn flags(setting: &Setting) -> Option<Flags> {
    let arguments = match setting {
        Setting::Given(_, values) => values,
        Setting::Unknown => return Some(Flags { items: Vec::new(), has_unknown: true }),
        Setting::Absent => return None,
    };
    let flag = |argument: &Spanned<String>| {
        let text = argument.trim_start_matches("--");
        let start = argument.len() - text.len();
        let part = |range: std::ops::Range<usize>| {
            Spanned::new(argument.value[range.clone()].to_owned(), argument.part(range))
        };
        match argument[start..].find('=') {
            Some(at) => Flag {
                name: part(start..start + at),
                value: Field::Known(part(start + at + 1..argument.len())),
            },
            None => Flag { name: part(start..argument.len()), value: Field::Absent },
        }
    };
    Some(Flags { items: arguments.iter().map(flag).collect(), has_unknown: false })
}
