//! Options of k3s and RKE2: their configuration files, and the variables that Ansible roles make
//! them of.
//!
//! <https://docs.k3s.io/installation/configuration#configuration-file>,
//! <https://docs.rke2.io/install/configuration>. A file holds the options of the command line
//! without their dashes; one that is given several times is a list. Those below `config.yaml.d`
//! come on top of `config.yaml`. Which options count is decided where all of a node's files are
//! seen together.

use serde::Deserialize;

use super::flags;
use super::kubernetes::spec;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;
use crate::syntax::{self, Node, template};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flavor {
    K3s,
    Rke2,
}

impl Flavor {
    pub fn name(self) -> &'static str {
        match self {
            Flavor::K3s => "k3s",
            Flavor::Rke2 => "RKE2",
        }
    }
}

#[derive(Clone, Debug)]
pub struct K3sConfig {
    pub flavor: Flavor,
    /// The folder, or the file, that stands for the node which has this configuration; `None` for
    /// what several nodes have.
    pub node: Option<String>,
    /// It lies in `config.yaml.d`.
    pub is_fragment: bool,
    /// Which one an Ansible role installs.
    pub version: Field<String>,
    /// In their order.
    pub options: Vec<K3sOption>,
    /// A template adds options, so one that is not among them may be there.
    pub has_unknown: bool,
}

#[derive(Clone, Debug)]
pub struct K3sOption {
    /// Without dashes, and without the `+` of one that adds to what other files say.
    pub name: Spanned<String>,
    pub adds: bool,
    /// One for each time that the option is given; a switch has `true`.
    pub values: Field<Vec<Spanned<String>>>,
}

/// A plan of the controller that upgrades k3s and RKE2:
/// <https://github.com/rancher/system-upgrade-controller>.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpgradePlan {
    pub version: Field<String>,
    /// A URL that leads to the newest version of its kind.
    pub channel: Field<String>,
    pub upgrade: Field<PlannedImage>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlannedImage {
    /// `rancher/k3s-upgrade`; a plan may as well upgrade other things.
    pub image: Field<String>,
}

/// A plan for Kubernetes itself.
pub fn upgrade_plan(node: Node<'_>) -> Option<Box<UpgradePlan>> {
    let plan: Box<UpgradePlan> = spec(node)?;
    let image = plan.upgrade.value()?.image.value()?;
    ["k3s-upgrade", "rke2-upgrade"].iter().any(|name| image.contains(name)).then_some(plan)
}

/// Options that only a server has, of k3s or RKE2 and of nothing else.
const OF_SERVERS: [&str; 34] = [
    "advertise-address",
    "agent-token",
    "cluster-cidr",
    "cluster-dns",
    "cluster-domain",
    "cluster-init",
    "cluster-reset",
    "cni",
    "datastore-endpoint",
    "disable",
    "disable-apiserver",
    "disable-cloud-controller",
    "disable-controller-manager",
    "disable-etcd",
    "disable-helm-controller",
    "disable-kube-proxy",
    "disable-network-policy",
    "disable-scheduler",
    "egress-selector-mode",
    "embedded-registry",
    "etcd-expose-metrics",
    "etcd-snapshot-schedule-cron",
    "flannel-backend",
    "flannel-external-ip",
    "flannel-ipv6-masq",
    "ingress-controller",
    "kube-apiserver-arg",
    "kube-controller-manager-arg",
    "kube-scheduler-arg",
    "secrets-encryption",
    "service-cidr",
    "service-node-port-range",
    "tls-san",
    "write-kubeconfig-mode",
];

/// Options of agents, and those of servers that others have, too.
const OTHERS: [&str; 32] = [
    "bind-address",
    "config",
    "data-dir",
    "debug",
    "default-local-storage-path",
    "flannel-conf",
    "flannel-iface",
    "https-listen-port",
    "kube-cloud-controller-manager-arg",
    "kube-proxy-arg",
    "kubelet-arg",
    "log",
    "node-external-ip",
    "node-ip",
    "node-label",
    "node-name",
    "node-taint",
    "pause-image",
    "prefer-bundled-bin",
    "private-registry",
    "profile",
    "protect-kernel-defaults",
    "resolv-conf",
    "rootless",
    "selinux",
    "server",
    "snapshotter",
    "system-default-registry",
    "token",
    "token-file",
    "with-node-id",
    "write-kubeconfig",
];

/// Words that files of other programs have as well.
const COMMON: [&str; 12] = [
    "bind-address",
    "cni",
    "config",
    "data-dir",
    "debug",
    "disable",
    "embedded-registry",
    "log",
    "profile",
    "server",
    "token",
    "rootless",
];

fn is_option(name: &str) -> bool {
    let name = name.trim_end_matches('+');
    OF_SERVERS.contains(&name) || OTHERS.contains(&name)
}

impl K3sConfig {
    /// Whether it has an option that an agent does not take.
    pub fn is_of_server(&self) -> bool {
        self.options.iter().any(|option| OF_SERVERS.contains(&option.name.as_str()))
    }

    pub fn get(&self, name: &str) -> Option<&K3sOption> {
        self.options.iter().rev().find(|option| option.name.as_str() == name)
    }
}

impl K3sOption {
    /// Of several values the last, which counts for an option that has one.
    pub fn last(&self) -> Option<&Spanned<String>> {
        self.values.items().last()
    }
}

/// Where a path says that a file is a configuration: of which program, and of which node.
struct Place {
    flavor: Option<Flavor>,
    /// Where the program itself looks for it.
    is_sure: bool,
    node: String,
    is_fragment: bool,
}

impl Place {
    fn of(path: &str) -> Place {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let name_of = |folder: &str| folder.rsplit('/').next().unwrap_or_default().to_owned();
        let parent =
            |folder: &str| folder.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let is_fragment = name_of(folder) == "config.yaml.d";
        let folder = if is_fragment { parent(folder) } else { folder.to_owned() };
        let named = |word: &str| {
            let path = path.to_ascii_lowercase();
            path.split(['/', '.', '_', '-']).any(|part| part.starts_with(word))
        };
        let flavor = match () {
            () if named("rke2") => Some(Flavor::Rke2),
            () if named("k3s") => Some(Flavor::K3s),
            () => None,
        };
        let is_config = is_fragment || matches!(file, "config.yaml" | "config.yml");
        let own_folder = matches!(name_of(&folder).as_str(), "k3s" | "rke2");
        let is_sure = is_config && own_folder && name_of(&parent(&folder)) == "rancher";
        let node = match (is_sure, is_config) {
            // `etc/rancher/k3s` below the folder of a host.
            (true, _) => parent(&parent(&parent(&folder))),
            (false, true) => folder,
            (false, false) => path.to_owned(),
        };
        Place { flavor, is_sure, node, is_fragment }
    }
}

/// Reads a document if its options are those of k3s or RKE2.
pub fn read(path: &str, node: Node<'_>) -> Option<K3sConfig> {
    let place = Place::of(path);
    let mut names = 0;
    let (mut known, mut telling) = (0, 0);
    for name in node.entries().filter_map(|(key, _)| key.str()) {
        names += 1;
        known += usize::from(is_option(name));
        telling += usize::from(is_option(name) && !COMMON.contains(&name.trim_end_matches('+')));
    }
    let sure = place.is_sure && known > 0;
    if !sure && (known < 2 || telling == 0 || 2 * known < names) {
        return of_variables(path, node);
    }
    let options: Vec<K3sOption> =
        node.entries().filter_map(|(key, value)| option(key, value)).collect();
    let flavor = place.flavor.unwrap_or_else(|| flavor_of(&options));
    Some(K3sConfig {
        flavor,
        node: Some(place.node),
        is_fragment: place.is_fragment,
        version: Field::Absent,
        options,
        has_unknown: node.is_templated(),
    })
}

/// `cni` and the names of what it may be told to leave out are RKE2's alone.
fn flavor_of(options: &[K3sOption]) -> Flavor {
    let is_rke2 = options.iter().any(|option| {
        let values = option.values.items();
        matches!(option.name.as_str(), "cni" | "ingress-controller")
            || values.iter().any(|value| value.starts_with("rke2-"))
    });
    if is_rke2 { Flavor::Rke2 } else { Flavor::K3s }
}

fn option(key: Node<'_>, value: Node<'_>) -> Option<K3sOption> {
    let name = key.str()?;
    let text = |node: Node<'_>| {
        let known = (!node.is_templated()).then(|| node.str()).flatten()?;
        Some(Spanned::new(known.to_owned(), node.span()))
    };
    let values = match () {
        () if value.is_sequence() => value.items().map(text).collect::<Option<Vec<_>>>(),
        () if value.is_null() => return None,
        () => text(value).map(|text| vec![text]),
    };
    let values = match values {
        Some(values) => Field::Known(Spanned::new(values, value.span())),
        None => Field::Unknown(value.span()),
    };
    let adds = name.ends_with('+');
    let name = Spanned::new(name.trim_end_matches('+').to_owned(), key.span());
    Some(K3sOption { name, adds, values })
}

/// Variables of Ansible roles: a line of flags (k3s-ansible), a map or a text of options.
fn of_variables(path: &str, node: Node<'_>) -> Option<K3sConfig> {
    let get = |key| node.get(key);
    let mut config = K3sConfig {
        flavor: Place::of(path).flavor.unwrap_or(Flavor::K3s),
        node: None,
        is_fragment: false,
        version: Field::Absent,
        options: Vec::new(),
        has_unknown: false,
    };
    for key in ["extra_server_args", "server_args"] {
        if let Some(line) = get(key).and_then(raw_text).filter(|line| line.contains("--")) {
            config.line(&line);
        }
    }
    if let Some(map) = get("k3s_server").filter(|map| map.is_map()) {
        config.options.extend(map.entries().filter_map(|(key, value)| option(key, value)));
    }
    // k3s-ansible's `server_config_yaml`.
    if let Some(inner) = get("server_config_yaml").and_then(Node::inner_text) {
        let parsed = syntax::parse(inner, false);
        let roots = parsed.tree.documents().iter().map(|document| parsed.tree.root(document));
        for root in roots {
            config.options.extend(root.entries().filter_map(|(key, value)| option(key, value)));
        }
    }
    config.options.retain(|option| is_option(&option.name));
    let versions = ["k3s_version", "k3s_release_version", "rke2_version"].into_iter();
    let version = versions.filter_map(|key| raw_text(get(key)?)).find(|version| {
        // Both have the name of their program in their versions.
        ["+k3s", "+rke2r"].iter().any(|build| version.contains(build))
    });
    config.version = version.map_or(Field::Absent, Field::Known);
    (!config.options.is_empty() || !config.version.is_absent()).then_some(config)
}

/// The text of a scalar, whatever a template is to make of it.
fn raw_text(node: Node<'_>) -> Option<Spanned<String>> {
    Some(Spanned::new(node.str()?.to_owned(), node.span()))
}

impl K3sConfig {
    fn line(&mut self, line: &Spanned<String>) {
        // A template may add any number of flags.
        self.has_unknown |= template::is_engine_template(line);
        let line = Field::Known(Spanned::new(without_blanks_in_templates(line), line.span));
        for flag in flags::of_command([&line]).items {
            let values = match flag.value {
                Field::Known(value) => known_list(value),
                Field::Unknown(span) => Field::Unknown(span),
                Field::Absent => known_list(Spanned::new("true".to_owned(), flag.name.span)),
            };
            match self.options.iter_mut().find(|known| *known.name == *flag.name) {
                Some(known) => known.again(values),
                None => self.options.push(K3sOption { name: flag.name, adds: false, values }),
            }
        }
    }
}

impl K3sOption {
    fn again(&mut self, values: Field<Vec<Spanned<String>>>) {
        match (&mut self.values, values) {
            (Field::Known(known), Field::Known(more)) => known.value.extend(more.value),
            (known, Field::Unknown(span)) => *known = Field::Unknown(span),
            (_, _) => {}
        }
    }
}

fn known_list(value: Spanned<String>) -> Field<Vec<Spanned<String>>> {
    let span: Span = value.span;
    Field::Known(Spanned::new(vec![value], span))
}

/// Fills the blanks of template expressions, so that each is one word; places stay as they are.
fn without_blanks_in_templates(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut depth = 0_usize;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('{', Some('{' | '%')) => depth += 1,
            ('}' | '%', Some('}')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let blank = depth > 0 && character.is_whitespace();
        text.push(if blank { '_' } else { character });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Body, ingest};
    use crate::source::FileId;

    fn config(path: &str, text: &str) -> Option<K3sConfig> {
        let contents = ingest(FileId::new(0), path, text);
        let config = contents.resources.into_iter().find_map(|resource| match resource.body {
            Body::K3s(config) => Some(*config),
            _ => None,
        });
        if let Some(config) = &config {
            let values = config.options.iter().flat_map(|option| option.values.items());
            for value in values.filter(|value| value.value != "true") {
                assert!(text[value.span.range()].contains(&value.value), "{text}");
            }
        }
        config
    }

    /// `name=value value` for each option.
    fn shown(config: &K3sConfig) -> Vec<String> {
        let values = |option: &K3sOption| {
            let values: Vec<_> = option.values.items().iter().map(|v| v.value.as_str()).collect();
            if option.values.is_unknown() { "?".to_owned() } else { values.join(" ") }
        };
        config.options.iter().map(|o| format!("{}={}", *o.name, values(o))).collect()
    }

    #[test]
    fn files_are_known_by_their_place_or_by_their_options() {
        for (path, text, expected) in [
            ("etc/rancher/k3s/config.yaml", "token: a", "k3s '' false"),
            ("a/etc/rancher/rke2/config.yaml", "token: a", "RKE2 'a' false"),
            ("a/etc/rancher/rke2/config.yaml.d/x.yaml", "debug: true", "RKE2 'a' true"),
            ("a/config.yaml", "{cluster-cidr: x, service-cidr: y}", "k3s 'a' false"),
            ("a/b.yaml", "{cni: cilium, cluster-cidr: x}", "RKE2 'a/b.yaml' false"),
            ("a/b.yaml", "{tls-san: [x], disable: [rke2-ingress-nginx]}", "RKE2 'a/b.yaml' false"),
            ("a/b.yaml", "{node-ip: x, token: y}", "k3s 'a/b.yaml' false"),
            ("etc/rancher/k3s/registries.yaml", "mirrors: {}", "-"),
            ("a/config.yaml", "{server: x, token: y, debug: true}", "-"),
            ("a/config.yaml", "{node-ip: x, a: 1, b: 2, c: 3, token: d}", "-"),
            ("a/config.yaml", "cluster-cidr: x", "-"),
        ] {
            let shown = config(path, text).map_or("-".to_owned(), |config| {
                let node = config.node.expect("a node");
                format!("{} '{node}' {}", config.flavor.name(), config.is_fragment)
            });
            assert_eq!(shown, expected, "{path} {text}");
        }
    }

    #[test]
    fn values_are_lists_whatever_their_notation() {
        let text = "\
cluster-cidr: 10.42.0.0/16,fd00:42::/56
service-cidr:
- 10.43.0.0/16
- fd00:43::/112
disable+: [traefik]
flannel-ipv6-masq: true
node-ip: '{{ ip }}'
token:
";
        let config = config("etc/rancher/k3s/config.yaml", text).expect("a configuration");
        let expected = [
            "cluster-cidr=10.42.0.0/16,fd00:42::/56",
            "service-cidr=10.43.0.0/16 fd00:43::/112",
            "disable=traefik",
            "flannel-ipv6-masq=true",
            "node-ip=?",
        ];
        assert_eq!(shown(&config), expected);
        assert!(config.options[2].adds);
    }

    #[test]
    fn variables_of_roles_are_lines_maps_and_texts() {
        for (text, expected, has_unknown) in [
            (
                "extra_server_args: --tls-san {{ a | b }} --cluster-cidr=10.0.0.0/16 --disable a --disable b",
                &["tls-san=?", "cluster-cidr=10.0.0.0/16", "disable=a b"][..],
                true,
            ),
            ("k3s_server: {cluster-cidr: 10.0.0.0/16, x: 1}", &["cluster-cidr=10.0.0.0/16"], false),
            (
                "server_config_yaml: |\n  cluster-cidr: 10.0.0.0/16\n",
                &["cluster-cidr=10.0.0.0/16"],
                false,
            ),
        ] {
            let config = config("group_vars/all.yml", text).expect("a configuration");
            assert_eq!(
                (shown(&config), config.has_unknown),
                (expected.iter().map(ToString::to_string).collect(), has_unknown)
            );
            assert_eq!(config.node, None);
        }
    }
}
