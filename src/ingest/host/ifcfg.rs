//! `ifcfg-eth0` of Red Hat's network scripts, and of SUSE's wicked.
//!
//! <https://github.com/fedora-sysv/initscripts/blob/main/doc/sysconfig.txt>,
//! `ifcfg(5)` of wicked.

use super::{HostAddress, Interface, InterfaceKind, bytes, first_of, on};
use crate::source::Spanned;
use crate::syntax::decode::Field;
use crate::syntax::ini::Section;

const MARKS: [&str; 7] = ["BOOTPROTO", "DEVICE", "IPADDR", "NAME", "ONBOOT", "STARTMODE", "HWADDR"];

pub(super) fn read(path: &str, section: &Section) -> Option<Interface> {
    section.entries.iter().find(|entry| MARKS.contains(&entry.key.as_str()))?;
    let text = |key: &str| section.get(key).value().cloned();
    let is = |key: &str, words: &[&str]| {
        text(key).is_some_and(|value| words.contains(&value.to_ascii_lowercase().as_str()))
    };
    let by_name = path.rsplit_once("ifcfg-").map_or("", |(_, name)| name);
    let mut interface = Interface {
        // The name of the file has no place in it.
        name: first_of([section.get("DEVICE")]),
        mtu: bytes(section.get("MTU")),
        has_gateway: !section.get("GATEWAY").is_absent(),
        master: text("MASTER").or_else(|| text("BRIDGE").filter(|bridge| bridge != "yes")),
        parent: text("PHYSDEV").or_else(|| text("ETHERDEVICE")),
        ..Interface::default()
    };
    if interface.name.is_absent() && !by_name.is_empty() {
        let place = section.entries.first()?.key.span;
        interface.name = Field::Known(Spanned::new(by_name.to_owned(), place));
    }
    let members = text("BRIDGE_PORTS").unwrap_or_default();
    interface.members = members.split_whitespace().map(str::to_owned).collect();
    interface.kind = match () {
        () if is("VLAN", &["yes"]) || is("TYPE", &["vlan"]) || interface.parent.is_some() => {
            InterfaceKind::Vlan
        }
        () if is("TYPE", &["bridge", "ovsbridge"]) || is("BRIDGE", &["yes"]) => {
            InterfaceKind::Bridge
        }
        () if is("TYPE", &["bond", "team"]) || is("BONDING_MASTER", &["yes"]) => {
            InterfaceKind::Bond
        }
        () if is("TYPE", &["gre", "ipip", "sit", "tunnel", "wireguard", "dummy", "loopback"]) => {
            InterfaceKind::Virtual
        }
        () => InterfaceKind::Ethernet,
    };
    // An interface that nothing brings up says nothing about the host.
    if is("ONBOOT", &["no", "false"]) || is("STARTMODE", &["manual", "off"]) {
        return Some(Interface { name: interface.name, ..Interface::default() });
    }
    for entry in &section.entries {
        let key = entry.key.as_str();
        let Some(value) = entry.value.known() else { continue };
        if let Some(number) = key.strip_prefix("IPADDR") {
            let prefix = ["PREFIX", "PREFIXLEN", "NETMASK"]
                .into_iter()
                .find_map(|name| text(&format!("{name}{number}")));
            let text = value.clone();
            interface.addresses.push(HostAddress { text, prefix, needs_prefix: false });
        } else if key == "IPV6ADDR" || key == "IPV6ADDR_SECONDARIES" {
            for text in value.split(&[' ']) {
                interface.addresses.push(HostAddress { text, prefix: None, needs_prefix: false });
            }
        } else if key == "BOOTPROTO" {
            let protocol = value.to_ascii_lowercase();
            if ["dhcp", "dhcp4", "bootp"].contains(&protocol.as_str()) {
                interface.dhcp4 = on(Some(value.span));
            }
            if protocol == "dhcp6" {
                interface.dhcp6 = on(Some(value.span));
            }
        } else if key == "DHCPV6C" && value.eq_ignore_ascii_case("yes") {
            interface.dhcp6 = on(Some(value.span));
        }
    }
    Some(interface)
}
