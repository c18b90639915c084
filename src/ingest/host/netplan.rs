//! Netplan, and cloud-init's network configuration version 2, which is the same.
//!
//! <https://netplan.readthedocs.io/en/stable/netplan-yaml/>

use super::{HostAddress, Interface, InterfaceKind};
use crate::source::Spanned;
use crate::syntax::Node;
use crate::syntax::decode::{Field, decode};

const GROUPS: [(&str, InterfaceKind); 10] = [
    ("ethernets", InterfaceKind::Ethernet),
    ("wifis", InterfaceKind::Ethernet),
    ("modems", InterfaceKind::Virtual),
    ("bonds", InterfaceKind::Bond),
    ("bridges", InterfaceKind::Bridge),
    ("vlans", InterfaceKind::Vlan),
    ("tunnels", InterfaceKind::Virtual),
    ("vrfs", InterfaceKind::Virtual),
    ("dummy-devices", InterfaceKind::Virtual),
    ("virtual-ethernets", InterfaceKind::Virtual),
];

/// `None` for documents of others: `network` is a common word.
pub(super) fn read(node: Node<'_>) -> Option<Vec<Interface>> {
    let network = node.get("network").unwrap_or(node);
    if !network.is_map() || !is_netplan(network) {
        return None;
    }
    let mut interfaces = Vec::new();
    for (group, kind) in GROUPS {
        for (id, device) in network.get(group).into_iter().flat_map(Node::entries) {
            interfaces.push(read_device(id, device, kind));
        }
    }
    Some(interfaces)
}

fn is_netplan(network: Node<'_>) -> bool {
    let version = network.get("version").and_then(Node::str);
    let renderer = network.get("renderer").and_then(Node::str);
    let known = version == Some("2")
        || version.is_none() && matches!(renderer, Some("networkd" | "NetworkManager"));
    known && GROUPS.iter().any(|(group, _)| network.get(group).is_some_and(Node::is_map))
}

fn read_device(id: Node<'_>, device: Node<'_>, kind: InterfaceKind) -> Interface {
    let own_name = || match id.str().filter(|_| !id.is_templated()) {
        Some(name) => Field::Known(Spanned::new(name.to_owned(), id.span())),
        None => Field::Unknown(id.span()),
    };
    let mut interface = Interface { kind, ..Interface::default() };
    let set_name: Field<String> = field(device.get("set-name"));
    let matched: Field<String> = field(device.at(&["match", "name"]));
    interface.name = match (set_name.is_absent(), matched.is_absent()) {
        (false, _) => set_name,
        (true, false) => matched,
        (true, true) => own_name(),
    };
    let activation = device.get("activation-mode").and_then(Node::str);
    if matches!(activation, Some("manual" | "off")) {
        return interface;
    }
    interface.mtu = field(device.get("mtu"));
    interface.dhcp4 = field(device.get("dhcp4"));
    interface.dhcp6 = field(device.get("dhcp6"));
    interface.addresses = addresses(device.get("addresses"));
    interface.has_gateway = device.get("gateway4").is_some()
        || device.get("gateway6").is_some()
        || device.get("routes").into_iter().flat_map(Node::items).any(is_default_route);
    let members = device.get("interfaces").into_iter().flat_map(Node::items);
    interface.members = members.filter_map(Node::str).map(str::to_owned).collect();
    interface.parent = device.get("link").and_then(Node::str).map(str::to_owned);
    interface
}

/// An address is a text, or a map of the text to its options.
fn addresses(list: Option<Node<'_>>) -> Vec<HostAddress> {
    let mut addresses = Vec::new();
    for item in list.into_iter().flat_map(Node::items) {
        let label = item.entries().next().and_then(|(_, options)| options.get("label"));
        let text = item.entries().next().map_or(item, |(key, _)| key);
        // What is kept on loopback is for a load balancer in front, and no address of the host.
        let of_loopback = label.and_then(Node::str).is_some_and(|label| label.starts_with("lo"));
        let text: Field<String> = field(Some(text));
        if let Some(text) = text.known().filter(|_| !of_loopback) {
            let text = text.clone();
            addresses.push(HostAddress { text, prefix: None, needs_prefix: true });
        }
    }
    addresses
}

fn is_default_route(route: Node<'_>) -> bool {
    let to = route.get("to").and_then(Node::str);
    to.is_some_and(|to| matches!(to, "default" | "0.0.0.0/0" | "0/0" | "::/0"))
}

pub(super) fn field<'t, T: serde::Deserialize<'t>>(node: Option<Node<'t>>) -> Field<T> {
    node.and_then(|node| decode::<Field<T>>(node).0).unwrap_or_default()
}
