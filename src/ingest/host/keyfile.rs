//! NetworkManager's keyfiles, `*.nmconnection`.
//!
//! <https://networkmanager.dev/docs/api/latest/nm-settings-keyfile.html>

use super::{HostAddress, Interface, InterfaceKind, bytes, first_of, on};
use crate::source::Spanned;
use crate::syntax::ini::Section;

pub(super) fn read(sections: &[Section]) -> Option<Interface> {
    let named = |names: &[&str]| sections.iter().find(|s| names.contains(&s.name.as_str()));
    let connection = named(&["connection"])?;
    let text = |key: &str| connection.get(key).value().cloned();
    let wired = named(&["ethernet", "802-3-ethernet"]);
    let vlan = named(&["vlan"]);
    let mut interface = Interface {
        name: first_of([
            connection.get("interface-name"),
            vlan.map(|vlan| vlan.get("interface-name")).unwrap_or_default(),
        ]),
        kind: match text("type").as_deref() {
            None | Some("ethernet" | "802-3-ethernet" | "wifi" | "infiniband") => {
                InterfaceKind::Ethernet
            }
            Some("bond" | "team") => InterfaceKind::Bond,
            Some("bridge" | "ovs-bridge" | "ovs-interface") => InterfaceKind::Bridge,
            Some("vlan" | "macvlan") => InterfaceKind::Vlan,
            Some(_) => InterfaceKind::Virtual,
        },
        mtu: wired.map(|wired| bytes(wired.get("mtu"))).unwrap_or_default(),
        master: text("controller").or_else(|| text("master")),
        parent: vlan.and_then(|vlan| vlan.get("parent").value().cloned()),
        ..Interface::default()
    };
    if text("autoconnect").is_some_and(|value| value == "false" || value == "0") {
        // A profile that somebody has to start says nothing about the host.
        return Some(Interface { name: interface.name, ..Interface::default() });
    }
    for (name, is_v4) in [("ipv4", true), ("ipv6", false)] {
        let Some(section) = named(&[name]) else { continue };
        let method = section.get("method");
        match method.value().map(String::as_str) {
            // On its own, `auto` of IPv6 is router advertisements.
            Some("auto") if is_v4 => interface.dhcp4 = on(method.span()),
            Some("dhcp") if !is_v4 => interface.dhcp6 = on(method.span()),
            // A network that this host makes for others, behind its own address.
            Some("shared") => interface.kind = InterfaceKind::Virtual,
            Some("disabled" | "ignore" | "link-local") => continue,
            _ => {}
        }
        interface.has_gateway |= !section.get("gateway").is_absent();
        for entry in section.entries.iter().filter(|entry| is_address_key(&entry.key)) {
            let Some(value) = entry.value.known() else { continue };
            // `addresses=` is a list of addresses; `address1=` is one, with its gateway.
            let several = *entry.key == "addresses";
            let parts = value.split(&[',', ';']);
            let used = if several { parts.len() } else { 1 };
            interface.has_gateway |= !several && parts.len() > 1;
            for text in parts.into_iter().take(used) {
                interface.addresses.push(HostAddress { text, prefix: None, needs_prefix: false });
            }
        }
    }
    Some(interface)
}

fn is_address_key(key: &Spanned<String>) -> bool {
    let Some(number) = key.strip_prefix("address") else { return false };
    number == "es" || number.bytes().all(|byte| byte.is_ascii_digit())
}
