//! Flannel: its configurations, and the daemons that read them.
//!
//! How packets go between nodes is the backend's; the ranges of nodes are Kubernetes', or those
//! that flannel itself cuts out of its network and keeps in etcd. `flanneld` is told which.
//! <https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md>

use super::object::Object;
use super::workloads::Workloads;
use crate::ingest::Body;
pub use crate::ingest::flannel::{FlannelBackend, FlannelConfig, FlannelOrigin};
use crate::ingest::kubernetes::Container;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct Flannel<'a> {
    /// In the order of the files.
    pub configs: Vec<Config<'a>>,
    pub daemons: Vec<Daemon<'a>>,
}

/// A configuration and the object that it is.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    pub object: Object<'a>,
    pub config: &'a FlannelConfig,
}

/// A container that runs `flanneld`.
#[derive(Debug)]
pub struct Daemon<'a> {
    pub object: Object<'a>,
    pub subnets: Subnets,
    /// What it is told to find the nodes' addresses by: `--iface`, `--iface-regex` and
    /// `--iface-can-reach`. Where it is told nothing it takes the interface of the default route.
    pub interfaces: Vec<Spanned<String>>,
    /// Whether all that it is told could be read.
    pub is_complete: bool,
}

/// Who gives nodes their part of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subnets {
    /// Kubernetes, in `spec.podCIDR` of each Node: `--kube-subnet-mgr`.
    Kubernetes,
    /// flannel itself, by `SubnetLen`, as without that flag.
    Etcd,
    Unknown,
}

/// The kinds of backend that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Alloc,
    HostGw,
    Ipip,
    Ipsec,
    TencentVpc,
    Udp,
    Vxlan,
    Wireguard,
    /// One that some versions have or had: of a cloud, or a script.
    Other,
}

impl Backend {
    /// Names count in any case: `BackendManager.GetBackend` in `pkg/backend/manager.go`. `None`
    /// for a name that no version knows.
    pub fn parse(name: &str) -> Option<Backend> {
        Some(match name.to_ascii_lowercase().as_str() {
            "alloc" => Backend::Alloc,
            "host-gw" => Backend::HostGw,
            "ipip" => Backend::Ipip,
            "ipsec" => Backend::Ipsec,
            "tencent-vpc" => Backend::TencentVpc,
            "udp" => Backend::Udp,
            "vxlan" => Backend::Vxlan,
            "wireguard" => Backend::Wireguard,
            "ali-vpc" | "aws-vpc" | "extension" | "gce" => Backend::Other,
            _ => return None,
        })
    }

    /// What it adds to a packet, in bytes: `pkg/backend`. `None` where nobody knows.
    pub fn overhead(self) -> Option<i64> {
        match self {
            Backend::Alloc | Backend::HostGw | Backend::TencentVpc => Some(0),
            Backend::Ipip => Some(20),
            Backend::Udp => Some(28),
            Backend::Vxlan => Some(50),
            Backend::Ipsec => Some(77),
            Backend::Wireguard => Some(80),
            Backend::Other => None,
        }
    }

    /// Whether it carries IPv6 too: the notes in `pkg/subnet/kube/kube.go`. `None` where nobody
    /// knows.
    pub fn has_ipv6(self) -> Option<bool> {
        match self {
            Backend::HostGw | Backend::Vxlan | Backend::Wireguard => Some(true),
            Backend::Ipip | Backend::Ipsec | Backend::TencentVpc | Backend::Udp => Some(false),
            Backend::Alloc | Backend::Other => None,
        }
    }

    /// The UDP port between nodes where the configuration names none, on Linux.
    pub fn default_port(self) -> Option<i64> {
        match self {
            Backend::Udp => Some(8285),
            Backend::Vxlan => Some(8472),
            Backend::Wireguard => Some(51820),
            _ => None,
        }
    }
}

impl<'a> Flannel<'a> {
    pub fn new(objects: &[Object<'a>], workloads: &Workloads<'a>) -> Flannel<'a> {
        let config = |object: &Object<'a>| match object.body() {
            Body::Flannel(config) => Some(Config { object: *object, config }),
            _ => None,
        };
        let daemons = workloads.all.iter().flat_map(|workload| {
            let containers = workload.spec.pod.running_containers();
            containers.filter_map(|container| daemon(workload.object, container))
        });
        Flannel { configs: objects.iter().filter_map(config).collect(), daemons: daemons.collect() }
    }

    /// Who gives nodes their part of a configuration's network.
    pub fn subnets(&self, config: &Config<'_>) -> Subnets {
        let any = |subnets: Subnets| self.daemons.iter().any(|daemon| daemon.subnets == subnets);
        match config.config.origin {
            _ if any(Subnets::Kubernetes) => Subnets::Kubernetes,
            _ if any(Subnets::Unknown) => Subnets::Unknown,
            _ if any(Subnets::Etcd) => Subnets::Etcd,
            // With etcd, flanneld has no such file.
            FlannelOrigin::ConfigMap | FlannelOrigin::NetConf | FlannelOrigin::Chart => {
                Subnets::Kubernetes
            }
            FlannelOrigin::File => Subnets::Unknown,
        }
    }
}

impl<'a> Config<'a> {
    /// What carries packets between nodes; `None` when it cannot be known, or is no backend.
    pub fn backend(&self) -> Option<Backend> {
        match &self.config.backend {
            // `parseBackendType` in `pkg/subnet/config.go`.
            Field::Absent => Some(Backend::Udp),
            Field::Known(backend) => Backend::parse(backend.kind.value()?),
            Field::Unknown(_) => None,
        }
    }

    /// The type of the backend as written.
    pub fn backend_type(&self) -> Option<&'a Spanned<String>> {
        self.config.backend.value()?.kind.known()
    }

    /// The MTU between nodes that somebody wrote: that of pods is smaller by the overhead.
    pub fn outer_mtu(&self) -> Option<&'a Spanned<i64>> {
        self.config.backend.value()?.mtu.known().filter(|mtu| mtu.value != 0)
    }

    /// The UDP port between nodes; without a place where it is the default of Linux.
    pub fn port(&self) -> Option<(i64, Option<Span>)> {
        let kind = self.backend()?;
        let default = kind.default_port()?;
        let backend = self.config.backend.value();
        let written = backend.map(|backend| match kind {
            Backend::Wireguard => &backend.listen_port,
            _ => &backend.port,
        });
        match written {
            Some(Field::Known(port)) if port.value != 0 => Some((port.value, Some(port.span))),
            Some(Field::Unknown(_)) => None,
            _ => Some((default, None)),
        }
    }

    /// The network number of VXLAN; 1 is the default of Linux.
    pub fn vni(&self) -> Option<(i64, Option<Span>)> {
        if self.backend()? != Backend::Vxlan {
            return None;
        }
        match &self.config.backend.value()?.vni {
            Field::Known(vni) if vni.value != 0 => Some((vni.value, Some(vni.span))),
            Field::Unknown(_) => None,
            _ => Some((1, None)),
        }
    }
}

fn daemon<'a>(object: Object<'a>, container: &Container) -> Option<Daemon<'a>> {
    let mut words = Vec::new();
    let mut is_complete = true;
    for word in container.command.items().iter().chain(container.args.items()) {
        match word {
            Field::Known(word) => words.extend(word.split(&[' ', '\t', '\n', ';'])),
            Field::Absent => {}
            Field::Unknown(_) => is_complete = false,
        }
    }
    // flanneld takes its flags with one dash or two, as Go's package `flag` does.
    let flags: Vec<Flag> = words.iter().enumerate().filter_map(|at| flag(at, &words)).collect();
    let runs = words.iter().any(|word| word.rsplit('/').next() == Some("flanneld"));
    let named = |name: &str| flags.iter().find(|flag| flag.name == name);
    if !runs && named("kube-subnet-mgr").is_none() {
        return None;
    }
    let env = |name: &str| {
        let mut entries = container.env.items().iter().filter_map(Field::value);
        entries.find(|entry| entry.name.value().is_some_and(|own| own == name))
    };
    let subnets = match (named("kube-subnet-mgr"), env("FLANNELD_KUBE_SUBNET_MGR")) {
        (Some(flag), _) if flag.is_off => Subnets::Etcd,
        (Some(_), _) => Subnets::Kubernetes,
        (None, None) if is_complete => Subnets::Etcd,
        _ => Subnets::Unknown,
    };
    let told = ["iface", "iface-regex", "iface-can-reach"];
    let mut interfaces: Vec<Spanned<String>> = Vec::new();
    for flag in flags.iter().filter(|flag| told.contains(&flag.name)) {
        interfaces.extend(flag.value.clone());
    }
    let variables = ["FLANNELD_IFACE", "FLANNELD_IFACE_REGEX", "FLANNELD_IFACE_CAN_REACH"];
    for entry in variables.iter().filter_map(|name| env(name)) {
        interfaces.extend(entry.value.known().cloned());
        is_complete &= entry.value.known().is_some();
    }
    Some(Daemon { object, subnets, interfaces, is_complete })
}

struct Flag<'w> {
    name: &'w str,
    /// After `=`, or the next word.
    value: Option<Spanned<String>>,
    is_off: bool,
}

fn flag<'w>(
    (index, word): (usize, &'w Spanned<String>),
    words: &'w [Spanned<String>],
) -> Option<Flag<'w>> {
    let text = word.strip_prefix('-')?;
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some((name, value)) = text.split_once('=') else {
        let value = words.get(index + 1).filter(|next| !next.starts_with('-')).cloned();
        return Some(Flag { name: text, value, is_off: false });
    };
    let start = word.len() - value.len();
    let is_off = matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False");
    let value = Spanned::new(value.to_owned(), word.part(start..word.len()));
    Some(Flag { name, value: Some(value), is_off })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    fn daemon_of(command: &str, look: impl FnOnce(&Daemon<'_>)) {
        let text = format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: kube-flannel-ds}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n      containers:\n      - name: kube-flannel\n        image: ghcr.io/flannel-io/flannel:v0.28.9\n        command: {command}\n"
        );
        with_network(&text, |network| {
            let [daemon] = network.flannel.daemons.as_slice() else { panic!("{command}") };
            look(daemon);
        });
    }

    #[test]
    fn flanneld_is_told_who_gives_nodes_their_ranges() {
        let table = [
            ("[/opt/bin/flanneld, --ip-masq, --kube-subnet-mgr]", Subnets::Kubernetes),
            ("[flanneld, -kube-subnet-mgr=true]", Subnets::Kubernetes),
            ("[flanneld, --kube-subnet-mgr=false]", Subnets::Etcd),
            ("[flanneld, '--etcd-endpoints=http://10.0.0.1:2379']", Subnets::Etcd),
            ("[flanneld, $(ARGS)]", Subnets::Unknown),
            (
                "[/bin/sh, -c, 'set -e; /opt/bin/flanneld -ip-masq -kube-subnet-mgr']",
                Subnets::Kubernetes,
            ),
        ];
        for (command, expected) in table {
            daemon_of(command, |daemon| assert_eq!(daemon.subnets, expected, "{command}"));
        }
    }

    #[test]
    fn flanneld_is_told_its_interfaces() {
        let table: [(&str, &[&str]); 4] = [
            ("[flanneld, --kube-subnet-mgr]", &[]),
            ("[flanneld, --iface=eth1, --kube-subnet-mgr]", &["eth1"]),
            ("[flanneld, -iface, eth1, '--iface-regex=^10\\.']", &["eth1", "^10\\."]),
            ("[flanneld, --iface=eth1, --iface=eth2]", &["eth1", "eth2"]),
        ];
        for (command, expected) in table {
            daemon_of(command, |daemon| {
                let found: Vec<&str> = daemon.interfaces.iter().map(|i| i.value.as_str()).collect();
                assert_eq!(found, expected, "{command}");
            });
        }
    }

    #[test]
    fn backends_have_ports_and_numbers() {
        let table = [
            (r#"{"Type": "vxlan"}"#, Some(8472), Some(1)),
            (r#"{"Type": "VXLAN", "Port": 4789, "VNI": 4096}"#, Some(4789), Some(4096)),
            (r#"{"Type": "wireguard", "ListenPort": 51871}"#, Some(51871), None),
            (r#"{"Type": "host-gw"}"#, None, None),
            (r#"{"Type": "other"}"#, None, None),
            ("null", Some(8285), None),
        ];
        for (backend, port, vni) in table {
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kube-flannel-cfg}}\ndata:\n  net-conf.json: '{{\"Network\": \"10.244.0.0/16\", \"Backend\": {backend}}}'\n"
            );
            with_network(&text, |network| {
                let [config] = network.flannel.configs.as_slice() else { panic!("{text}") };
                assert_eq!(config.port().map(|(port, _)| port), port, "{backend}");
                assert_eq!(config.vni().map(|(vni, _)| vni), vni, "{backend}");
                assert_eq!(network.flannel.subnets(config), Subnets::Kubernetes);
            });
        }
    }
}
