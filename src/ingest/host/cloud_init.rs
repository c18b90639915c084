//! cloud-init: its network configuration version 1, and files that it writes.
//!
//! <https://cloudinit.readthedocs.io/en/latest/reference/network-config-format-v1.html>

use super::netplan::field;
use super::{HostAddress, Interface, InterfaceKind, on};
use crate::syntax::{Node, Text};

/// `None` for documents of others.
pub(super) fn read_version_1(node: Node<'_>) -> Option<Vec<Interface>> {
    let network = node.get("network").unwrap_or(node);
    let version = network.get("version").and_then(Node::str);
    let config = network.get("config").filter(|config| config.is_sequence())?;
    let known = |item: Node<'_>| item.get("type").and_then(Node::str).is_some_and(is_type);
    if version != Some("1") || !config.items().any(known) {
        return None;
    }
    Some(config.items().filter_map(read_item).collect())
}

fn is_type(word: &str) -> bool {
    matches!(word, "physical" | "bond" | "bridge" | "vlan" | "loopback")
}

fn read_item(item: Node<'_>) -> Option<Interface> {
    let kind = match item.get("type").and_then(Node::str)? {
        "physical" => InterfaceKind::Ethernet,
        "bond" => InterfaceKind::Bond,
        "bridge" => InterfaceKind::Bridge,
        "vlan" => InterfaceKind::Vlan,
        "loopback" => InterfaceKind::Virtual,
        _ => return None,
    };
    let names = |key: &str| {
        let items = item.get(key).into_iter().flat_map(Node::items);
        items.filter_map(Node::str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut interface = Interface {
        name: field(item.get("name")),
        kind,
        mtu: field(item.get("mtu")),
        members: [names("bond_interfaces"), names("bridge_interfaces")].concat(),
        parent: item.get("vlan_link").and_then(Node::str).map(str::to_owned),
        ..Interface::default()
    };
    for subnet in item.get("subnets").into_iter().flat_map(Node::items) {
        let Some(kind) = subnet.get("type") else { continue };
        match kind.str() {
            Some("dhcp" | "dhcp4") => interface.dhcp4 = on(Some(kind.span())),
            Some("dhcp6" | "ipv6_dhcpv6-stateful") => interface.dhcp6 = on(Some(kind.span())),
            _ => {}
        }
        let text = field::<String>(subnet.get("address"));
        if let Some(text) = text.known() {
            let prefix = subnet.get("netmask").and_then(Node::str).map(str::to_owned);
            let text = text.clone();
            interface.addresses.push(HostAddress { text, prefix, needs_prefix: false });
        }
        interface.has_gateway |= subnet.get("gateway").is_some();
    }
    Some(interface)
}

/// The files that a cloud-init document writes, with their paths on the host. Encoded ones are
/// left out.
pub(in crate::ingest) fn written_files<'t>(
    node: Node<'t>,
) -> impl Iterator<Item = (&'t str, Text<'t>)> {
    let files = node.get("write_files").into_iter().flat_map(Node::items);
    files.filter(|file| file.get("encoding").is_none()).filter_map(|file| {
        let path = file.get("path").filter(|path| !path.is_templated())?.str()?;
        let content = file.get("content")?;
        Some((path, content.inner_text()?))
    })
}
