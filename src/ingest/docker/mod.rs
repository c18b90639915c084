//! The configuration of the Docker daemon: `daemon.json`, in a file of its own, in a ConfigMap or
//! among the files that cloud-init writes, and the command lines of dockerd in units of systemd.
//!
//! <https://docs.docker.com/reference/cli/dockerd/>; the sources are moby's
//! `daemon/config/config.go` and `daemon/command/config.go`. The daemon refuses a key that it does
//! not know and a value of another type, so both are told here with their places; what a value
//! means is for the model.

mod check;
mod keys;
mod read;
mod unit;

pub use check::{DaemonProblem, DaemonProblemKind};
pub use keys::key_of_flag;
pub use unit::{DockerUnit, UnitOption, is_unit};
pub(in crate::ingest) use unit::{
    KIND as UNIT_KIND, read_file as read_unit, resource as unit_resource,
};

use super::List;
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::syntax::decode::Field;

/// Where a configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonOrigin {
    File,
    /// A key of a ConfigMap: the daemon runs in a pod.
    ConfigMap,
    /// cloud-init writes it.
    Written,
}

/// What a `daemon.json` says about networks.
#[derive(Clone, Debug)]
pub struct DockerDaemon {
    pub origin: DaemonOrigin,
    /// The first place where the text is not JSON, and what is wrong there. The daemon does not
    /// start with such a text; what the other fields say is a guess at what was meant.
    pub strict_problem: Option<Spanned<String>>,
    pub problems: Vec<DaemonProblem>,
    /// The top-level keys, in their order.
    pub keys: Vec<Spanned<String>>,
    pub network: DaemonNetwork,
}

/// The keys that concern networks, as they are written.
#[derive(Clone, Debug, Default)]
pub struct DaemonNetwork {
    /// The name of a bridge, or `none`.
    pub bridge: Field<String>,
    /// The address of the default bridge, with the length of its network's prefix.
    pub bip: Field<String>,
    pub bip6: Field<String>,
    /// The part of the bridge's network that containers get addresses of.
    pub fixed_cidr: Field<String>,
    pub fixed_cidr_v6: Field<String>,
    pub default_gateway: Field<String>,
    pub default_gateway_v6: Field<String>,
    pub default_address_pools: Vec<AddressPool>,
    /// Of the default bridge, in bytes.
    pub mtu: Field<i64>,
    /// By driver, what new networks of it have.
    pub default_network_opts: Vec<(String, Vec<NetworkOption>)>,
    pub dns: List<String>,
    /// Where published ports listen.
    pub ip: Field<String>,
    pub host_gateway_ip: Field<String>,
    pub host_gateway_ips: List<String>,
    pub registry_mirrors: List<String>,
    pub hosts: List<String>,
    pub iptables: Field<bool>,
    pub ip6tables: Field<bool>,
    pub ip_forward: Field<bool>,
    pub ip_masq: Field<bool>,
    pub icc: Field<bool>,
    pub ipv6: Field<bool>,
    pub rootless: Field<bool>,
    pub live_restore: Field<bool>,
    /// `iptables` or `nftables`.
    pub firewall_backend: Field<String>,
}

/// One of `default-address-pools`: networks get subnets of a size out of a base.
#[derive(Clone, Debug)]
pub struct AddressPool {
    pub span: Span,
    pub base: Field<String>,
    /// The prefix length of a subnet.
    pub size: Field<i64>,
}

/// An option of a network's driver.
#[derive(Clone, Debug)]
pub struct NetworkOption {
    pub name: Spanned<String>,
    pub value: Field<String>,
}

/// Whether a path is that of a daemon's configuration, whatever it says: `/etc/docker/daemon.json`,
/// `~/.docker/daemon.json`, `~/.config/docker/daemon.json`.
pub fn is_daemon_path(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("/daemon.json") else {
        let name = path.rsplit('/').next().unwrap_or(path);
        return matches!(name, "docker-daemon.json" | "dockerd.json" | "docker_daemon.json");
    };
    let is_docker = |folder: &str| {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        matches!(name, "docker" | ".docker")
    };
    is_docker(folder) || folder.strip_suffix("/config").is_some_and(is_docker)
}

/// Whether a file elsewhere may be one, by its name: its keys have to say so, too.
pub fn may_be_daemon_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".json").unwrap_or_default();
    stem == "daemon" || (stem.contains("daemon") && stem.contains("docker"))
}

/// Whether a map has a key that Docker's daemon has and hardly anything else.
pub fn looks_like_daemon(node: Node<'_>) -> bool {
    node.entries().any(|(key, _)| key.str().is_some_and(keys::is_telling))
}

/// The same of a text that cannot be parsed.
fn sounds_like_daemon(text: &str) -> bool {
    keys::telling().any(|key| text.contains(&format!("\"{key}\"")))
}

impl NetworkOption {
    fn of_map(node: Node<'_>) -> Vec<NetworkOption> {
        let entries = node.entries().filter_map(|(key, value)| {
            let name = Spanned::new(key.str()?.to_owned(), key.span());
            Some(NetworkOption { name, value: read::field(Some(value)) })
        });
        entries.collect()
    }
}

#[cfg(test)]
mod tests;
