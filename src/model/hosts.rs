//! The hosts whose interfaces the files describe: what several files of one host say together.
//!
//! Which host a file belongs to is told by its place: `nodes/n1/etc/netplan/01.yaml` is of `n1`.
//! Here a folder need not look like that of a machine, because nothing but a machine has such files.
//! Bridges and devices that programs make for themselves (`docker0`, `cni0`, `tunl0`) are no
//! interfaces of the host to others, and neither is a bridge that nothing is plugged into.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::Object;
use super::addresses::range::{self, Cidr, Fault, IpRange};
use crate::ingest::Body;
pub use crate::ingest::host::HostFormat;
use crate::ingest::host::{HostAddress, HostNetwork, Interface, InterfaceKind};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct Hosts<'a> {
    /// In the order of the files.
    pub hosts: Vec<Host<'a>>,
}

/// A host, as far as its files tell.
#[derive(Debug)]
pub struct Host<'a> {
    /// The name of the folder or of the file that is the host's; empty where there is none.
    pub name: &'a str,
    pub interfaces: Vec<Nic<'a>>,
}

/// An interface, with all that the host's files say about it.
#[derive(Clone, Debug)]
pub struct Nic<'a> {
    /// The device, or a pattern; where neither is known, nothing.
    pub name: &'a str,
    /// Where the file names it, or the whole file's start.
    pub span: Span,
    pub format: HostFormat,
    pub kind: InterfaceKind,
    pub addresses: Vec<NicAddress>,
    /// The place that switches DHCP on.
    pub dhcp4: Option<Span>,
    pub dhcp6: Option<Span>,
    /// In bytes; never 0.
    pub mtu: Option<Spanned<i64>>,
    pub has_gateway: bool,
    pub object: Object<'a>,
    members: Vec<&'a str>,
    master: Option<&'a str>,
    parent: Option<&'a str>,
    /// Other hosts can reach it, for all that is known: it is none of those that a program made,
    /// and no part of a bond or bridge.
    pub is_external: bool,
}

/// An address of an interface.
#[derive(Clone, Debug)]
pub struct NicAddress {
    pub text: Spanned<String>,
    /// With its prefix, when it can be read; one without a prefix has that of a single address.
    pub cidr: Result<Cidr, Fault>,
}

impl<'a> Hosts<'a> {
    pub fn new(objects: &[Object<'a>]) -> Hosts<'a> {
        let mut hosts = Hosts::default();
        let mut known: FxHashMap<(&str, &str), usize> = FxHashMap::default();
        for object in objects {
            let Body::Host(network) = object.body() else { continue };
            let key = match object.node {
                Some(node) => (node.set, node.name),
                None => by_path(object.path, network),
            };
            let index = *known.entry(key).or_insert_with(|| {
                hosts.hosts.push(Host { name: key.1, interfaces: Vec::new() });
                hosts.hosts.len() - 1
            });
            for interface in &network.interfaces {
                hosts.hosts[index].add(nic(*object, network.format, interface), interface);
            }
        }
        for host in &mut hosts.hosts {
            host.judge();
        }
        hosts
    }

    /// Interfaces that other hosts can reach, each with its host.
    pub fn external(&self) -> impl Iterator<Item = (&Host<'a>, &Nic<'a>)> {
        self.hosts.iter().flat_map(|host| host.external().map(move |nic| (host, nic)))
    }
}

impl<'a> Host<'a> {
    pub fn external(&self) -> impl Iterator<Item = &Nic<'a>> {
        self.interfaces.iter().filter(|nic| nic.is_external)
    }

    /// The interfaces with addresses, by DHCP or written.
    pub fn addressed(&self) -> impl Iterator<Item = &Nic<'a>> {
        self.external().filter(|nic| nic.has_address())
    }

    /// The interface that the host's packets to others leave by: the only one with an address, or
    /// the only one with a default route that is written.
    pub fn uplink(&self) -> Option<&Nic<'a>> {
        let addressed: Vec<&Nic<'a>> = self.addressed().collect();
        if let [only] = addressed[..] {
            return Some(only);
        }
        // DHCP may bring a default route, too.
        let mut leaving =
            addressed.into_iter().filter(|nic| nic.has_gateway || nic.dhcp4.is_some());
        leaving.next().filter(|_| leaving.next().is_none())
    }

    /// The MTU of an interface, as it is declared: a bridge or a bond has no more than its
    /// members, a VLAN no more than what is below it.
    pub fn mtu_of<'n>(&'n self, nic: &'n Nic<'a>) -> Option<&'n Spanned<i64>> {
        let named = |name: &str| self.interfaces.iter().find(|other| other.name == name);
        let below = nic.parent.and_then(named);
        let inside = self.interfaces.iter().filter(|other| {
            nic.members.contains(&other.name)
                || (!nic.name.is_empty() && other.master == Some(nic.name))
        });
        let own = nic.mtu.iter();
        let others = below.into_iter().chain(inside).filter_map(|other| other.mtu.as_ref());
        own.chain(others).min_by_key(|mtu| mtu.value)
    }

    /// Netplan joins what its files say about one interface; a later file counts. systemd has the
    /// device and its addresses in two files. Elsewhere each file is a choice of its own.
    fn add(&mut self, nic: Nic<'a>, interface: &'a Interface) {
        let same = self.interfaces.iter_mut().find(|other| {
            let bare = !other.has_address() || !nic.has_address();
            let joined = match nic.format {
                HostFormat::Netplan => true,
                HostFormat::Networkd => bare,
                _ => false,
            };
            joined && !nic.name.is_empty() && other.name == nic.name && other.format == nic.format
        });
        let Some(earlier) = same else {
            self.interfaces.push(nic);
            return;
        };
        earlier.addresses.extend(nic.addresses);
        for (old, new, field) in [
            (&mut earlier.dhcp4, nic.dhcp4, &interface.dhcp4),
            (&mut earlier.dhcp6, nic.dhcp6, &interface.dhcp6),
        ] {
            if !field.is_absent() {
                *old = new;
            }
        }
        if !interface.mtu.is_absent() {
            earlier.mtu = nic.mtu;
        }
        if earlier.kind == InterfaceKind::Ethernet {
            earlier.kind = nic.kind;
        }
        earlier.has_gateway |= nic.has_gateway;
        earlier.members.extend(nic.members);
        earlier.master = nic.master.or(earlier.master);
        earlier.parent = nic.parent.or(earlier.parent);
    }

    /// Tells which interfaces others can reach.
    fn judge(&mut self) {
        let all: Vec<&str> = self.interfaces.iter().flat_map(|nic| nic.members.clone()).collect();
        let masters: Vec<&str> = self.interfaces.iter().filter_map(|nic| nic.master).collect();
        for nic in &mut self.interfaces {
            let is_part = nic.master.is_some() || all.contains(&nic.name);
            let is_empty_bridge = nic.kind == InterfaceKind::Bridge
                && nic.members.is_empty()
                && !masters.contains(&nic.name);
            nic.is_external = nic.kind != InterfaceKind::Virtual
                && !is_part
                && !is_empty_bridge
                && !is_made_by_program(nic.name);
        }
    }
}

impl NicAddress {
    /// The network that it is in, with a prefix that says so.
    pub fn network(&self) -> Option<IpRange> {
        let cidr = self.cidr.as_ref().ok()?;
        Some(cidr.range()).filter(|range| *range != IpRange::single(cidr.address))
    }

    pub fn address(&self) -> Option<IpAddr> {
        Some(self.cidr.as_ref().ok()?.address)
    }
}

impl Nic<'_> {
    pub fn has_address(&self) -> bool {
        !self.addresses.is_empty() || self.dhcp4.is_some() || self.dhcp6.is_some()
    }

    /// For messages: the device, or the kind of file.
    pub fn title(&self) -> String {
        match self.name {
            "" => "an interface".to_owned(),
            name => format!("`{name}`"),
        }
    }
}

fn nic<'a>(object: Object<'a>, format: HostFormat, interface: &'a Interface) -> Nic<'a> {
    let on = |switch: &Field<bool>| switch.known().filter(|on| on.value).map(|on| on.span);
    let name = interface.name.value().map_or("", String::as_str);
    Nic {
        name,
        span: interface.name.span().unwrap_or(object.resource.kind.span),
        format,
        kind: interface.kind,
        addresses: interface.addresses.iter().map(address).collect(),
        dhcp4: on(&interface.dhcp4),
        dhcp6: on(&interface.dhcp6),
        mtu: interface.mtu.known().filter(|mtu| mtu.value != 0).cloned(),
        has_gateway: interface.has_gateway,
        object,
        members: interface.members.iter().map(String::as_str).collect(),
        master: interface.master.as_deref(),
        parent: interface.parent.as_deref(),
        is_external: true,
    }
}

fn address(address: &HostAddress) -> NicAddress {
    let text = address.text.clone();
    let whole = match (&address.prefix, text.contains('/')) {
        (Some(prefix), false) => format!("{}/{}", *text, prefix_length(prefix)),
        _ => text.value.clone(),
    };
    let cidr = match (whole.contains('/'), address.needs_prefix) {
        (false, false) => range::parse_address(&whole).map(Cidr::single),
        _ => range::parse_cidr(&whole),
    };
    NicAddress { text, cidr }
}

/// `255.255.255.0` is 24; what is no mask stays as it is.
fn prefix_length(mask: &str) -> String {
    let bits = mask.parse::<std::net::Ipv4Addr>().map(u32::from);
    match bits {
        Ok(bits) if bits.leading_ones() + bits.trailing_zeros() == 32 => {
            bits.leading_ones().to_string()
        }
        _ => mask.to_owned(),
    }
}

/// Folders of a host's own tree in which such files lie.
const HOST_FOLDERS: [&str; 8] = [
    "etc/NetworkManager/system-connections",
    "etc/netplan",
    "etc/sysconfig/network",
    "etc/sysconfig/network-scripts",
    "etc/systemd/network",
    "network-scripts",
    "system-connections",
    "usr/lib/systemd/network",
];

/// Where a host lies and its name, for one that the path alone does not show to be a machine. Of a
/// file in another one it is the other one.
fn by_path<'a>(path: &'a str, network: &HostNetwork) -> (&'a str, &'a str) {
    let split = |path: &'a str| path.rsplit_once('/').unwrap_or(("", path));
    let (folder, name) = split(path);
    let by_file = (folder, stem(name));
    if network.path != path {
        return by_file;
    }
    for known in HOST_FOLDERS {
        if let Some(above) = folder.strip_suffix(known)
            && (above.is_empty() || above.ends_with('/'))
        {
            return split(above.trim_end_matches('/'));
        }
    }
    let documents = matches!(network.format, HostFormat::Netplan | HostFormat::CloudInitV1);
    // `50-cloud-init.yaml` is one of several files of a host; `n1.yaml` is the host's own.
    let is_numbered = name.starts_with(|c: char| c.is_ascii_digit()) && name.contains('-');
    let generic = ["config", "netcfg", "netplan", "network", "network-config", "user-data"];
    let is_generic = generic.contains(&stem(name));
    if documents && !is_numbered && !is_generic { by_file } else { split(folder) }
}

/// A name without the ending of a file.
fn stem(name: &str) -> &str {
    let ending = name.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "yaml" | "yml"));
    ending.map_or(name, |(stem, _)| stem)
}

/// Devices that container runtimes, network plugins and VPNs make.
fn is_made_by_program(name: &str) -> bool {
    const PREFIXES: [&str; 27] = [
        "antrea-",
        "azv",
        "br-",
        "cali",
        "cbr",
        "cilium",
        "cni",
        "docker",
        "dummy",
        "eni",
        "flannel",
        "genev",
        "kube-",
        "lxc",
        "lxd",
        "nodelocaldns",
        "ovn",
        "podman",
        "tailscale",
        "tap",
        "tun",
        "veth",
        "virbr",
        "vmnet",
        "vxlan",
        "weave",
        "wg",
    ];
    let is_docker_bridge = |name: &str| {
        name.strip_prefix("br-").is_some_and(|id| {
            id == "int" || (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
    };
    if name.starts_with("br-") {
        return is_docker_bridge(name);
    }
    name == "lo" || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests;
