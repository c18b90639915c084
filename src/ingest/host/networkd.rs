//! systemd-networkd: `.network` and `.netdev`, and `.link` of udev.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.network.html>,
//! `systemd.netdev.html` and `systemd.link.html` beside it. Drop-ins (`*.network.d/*.conf`) are not
//! read.

use super::{HostAddress, Interface, InterfaceKind, bytes, first_of, on};
use crate::syntax::decode::Field;
use crate::syntax::ini::Section;

/// `None` for files of others: Podman's Quadlet has `.network` files, too, without `[Match]`.
pub(super) fn read(path: &str, sections: &[Section]) -> Option<Interface> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "netdev" => netdev(of(sections, "NetDev").next()?),
        "link" => {
            let matched = of(sections, "Match").next()?;
            let link = of(sections, "Link").next()?;
            Some(Interface {
                name: first_of([link.get("Name"), matched.get("OriginalName")]),
                mtu: bytes(link.get("MTUBytes")),
                ..Interface::default()
            })
        }
        _ => {
            let matched = of(sections, "Match").next()?;
            Some(network(matched, sections))
        }
    }
}

fn of<'s>(sections: &'s [Section], name: &'static str) -> impl Iterator<Item = &'s Section> {
    sections.iter().filter(move |section| *section.name == name)
}

fn netdev(section: &Section) -> Option<Interface> {
    let kind = section.get("Kind");
    Some(Interface {
        name: section.get("Name"),
        kind: match kind.value().map(|kind| kind.to_ascii_lowercase()).as_deref() {
            Some("bond") => InterfaceKind::Bond,
            Some("bridge") => InterfaceKind::Bridge,
            Some("vlan" | "macvlan" | "ipvlan") => InterfaceKind::Vlan,
            Some(_) => InterfaceKind::Virtual,
            None => return None,
        },
        mtu: bytes(section.get("MTUBytes")),
        ..Interface::default()
    })
}

fn network(matched: &Section, sections: &[Section]) -> Interface {
    let mut interface = Interface {
        name: matched.get("Name"),
        mtu: of(sections, "Link")
            .map(|link| bytes(link.get("MTUBytes")))
            .last()
            .unwrap_or_default(),
        ..Interface::default()
    };
    let unmanaged = of(sections, "Link")
        .any(|link| link.get("Unmanaged").value().is_some_and(|value| is_yes(value)));
    let loopback = matched.get("Type").value().is_some_and(|kind| kind == "loopback");
    if unmanaged || loopback {
        return Interface { name: interface.name, ..Interface::default() };
    }
    for section in of(sections, "Network") {
        let dhcp = section.get("DHCP");
        match dhcp.value().map(|value| value.to_ascii_lowercase()).as_deref() {
            Some("ipv4" | "v4") => interface.dhcp4 = on(dhcp.span()),
            Some("ipv6" | "v6") => interface.dhcp6 = on(dhcp.span()),
            Some(value) if is_yes(value) || value == "both" => {
                interface.dhcp4 = on(dhcp.span());
                interface.dhcp6 = on(dhcp.span());
            }
            _ => {}
        }
        interface.has_gateway |= !section.get("Gateway").is_absent();
        let master = |key: &str| section.get(key).value().cloned();
        interface.master = master("Bond").or_else(|| master("Bridge")).or(interface.master.take());
        // It hands out addresses itself, behind its own.
        if section.get("DHCPServer").value().is_some_and(|value| is_yes(value)) {
            interface.kind = InterfaceKind::Virtual;
        }
        add_addresses(section, &mut interface);
    }
    for section in of(sections, "Address") {
        add_addresses(section, &mut interface);
    }
    for section in of(sections, "Route") {
        let destination = section.get("Destination");
        let default = ["0.0.0.0/0", "::/0"];
        let is_default = destination.is_absent()
            || destination.value().is_some_and(|text| default.contains(&text.as_str()));
        interface.has_gateway |= is_default && !section.get("Gateway").is_absent();
    }
    interface
}

fn add_addresses(section: &Section, interface: &mut Interface) {
    for text in section.all("Address").filter_map(Field::known) {
        let text = text.clone();
        interface.addresses.push(HostAddress { text, prefix: None, needs_prefix: false });
    }
}

/// The words that systemd takes for true.
fn is_yes(value: &str) -> bool {
    ["1", "yes", "true", "on", "y", "t"].contains(&value.to_ascii_lowercase().as_str())
}
