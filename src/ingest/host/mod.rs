//! What hosts say about their own interfaces: Netplan, cloud-init's network configuration, ifcfg
//! files, NetworkManager's keyfiles, systemd-networkd.
//!
//! Each format is read into the same [`Interface`]s. Which host a file belongs to, and what files
//! of one host say together, is for the model. Routes other than the default one, DNS and
//! everything about Wi-Fi is left out.

mod cloud_init;
mod ifcfg;
mod keyfile;
mod netplan;
mod networkd;
mod read;

pub(super) use read::read_file;

use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;
use crate::syntax::ini::{self, Dialect, Section};
use crate::syntax::{Node, Text};

/// A file of a host.
#[derive(Clone, Debug)]
pub struct HostNetwork {
    pub format: HostFormat,
    /// The path on the host, where the file is part of another one, such as a cloud-init
    /// document; otherwise the path for display.
    pub path: String,
    pub interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostFormat {
    /// Also as cloud-init's version 2.
    Netplan,
    CloudInitV1,
    Ifcfg,
    NetworkManager,
    /// `.network`, `.netdev` and `.link`.
    Networkd,
}

impl HostFormat {
    pub fn kind(self) -> &'static str {
        match self {
            HostFormat::Netplan => "Netplan",
            HostFormat::CloudInitV1 => "cloud-init network",
            HostFormat::Ifcfg => "ifcfg",
            HostFormat::NetworkManager => "NetworkManager connection",
            HostFormat::Networkd => "systemd network",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterfaceKind {
    /// A network card, or nothing says otherwise.
    #[default]
    Ethernet,
    Bond,
    Vlan,
    Bridge,
    /// Loopback, a tunnel, a dummy and others that no network lies behind.
    Virtual,
}

/// One interface, as one place configures it.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// The name of the device, or a pattern of names; absent where hardware is matched.
    pub name: Field<String>,
    pub kind: InterfaceKind,
    pub addresses: Vec<HostAddress>,
    /// Whether DHCP is switched on or off, for IPv4 and for IPv6.
    pub dhcp4: Field<bool>,
    pub dhcp6: Field<bool>,
    /// In bytes.
    pub mtu: Field<i64>,
    /// It has a default route, as far as is written.
    pub has_gateway: bool,
    /// Of a bond or a bridge: the interfaces in it.
    pub members: Vec<String>,
    /// The bond or bridge that it is in.
    pub master: Option<String>,
    /// Of a VLAN: the interface below it.
    pub parent: Option<String>,
}

/// An address of an interface.
#[derive(Clone, Debug)]
pub struct HostAddress {
    /// `192.0.2.10/24`, or the address alone.
    pub text: Spanned<String>,
    /// `24`, or a mask, where it is written by itself.
    pub prefix: Option<String>,
    /// The format takes no address without a prefix.
    pub needs_prefix: bool,
}

/// Which of the line-based formats a file is, by its name.
fn format_of(path: &str) -> Option<HostFormat> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("ifcfg-") {
        // Backups and templates have an ending; VLANs and aliases are numbers.
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_number = ending.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        return is_number.then_some(HostFormat::Ifcfg);
    }
    match name.rsplit_once('.')?.1 {
        "nmconnection" => Some(HostFormat::NetworkManager),
        "network" | "netdev" | "link" => Some(HostFormat::Networkd),
        _ => None,
    }
}

/// Whether a file is of one of the line-based formats, by its name.
pub(super) fn is_host_file(path: &str) -> bool {
    format_of(path).is_some()
}

/// Reads a file of a line-based format. `None` when it is something else after all.
pub(super) fn read_lines(path: &str, text: &Text<'_>) -> Option<HostNetwork> {
    let format = format_of(path)?;
    let sections = sections(format, text);
    let interface = match format {
        HostFormat::Ifcfg => ifcfg::read(path, sections.first()?)?,
        HostFormat::NetworkManager => keyfile::read(&sections)?,
        _ => networkd::read(path, &sections)?,
    };
    Some(HostNetwork { format, path: path.to_owned(), interfaces: vec![interface] })
}

fn sections(format: HostFormat, text: &Text<'_>) -> Vec<Section> {
    let shell = format == HostFormat::Ifcfg;
    ini::parse(text, if shell { Dialect::Shell } else { Dialect::Ini })
}

/// Reads a document of Netplan, or of cloud-init's network configuration.
pub(super) fn read_document(path: &str, node: Node<'_>) -> Option<HostNetwork> {
    let (format, interfaces) = netplan::read(node)
        .map(|interfaces| (HostFormat::Netplan, interfaces))
        .or_else(|| Some((HostFormat::CloudInitV1, cloud_init::read_version_1(node)?)))?;
    Some(HostNetwork { format, path: path.to_owned(), interfaces })
}

/// The kind of a file, and the section and key that a span lies in.
pub(super) fn locate(path: &str, text: &Text<'_>, span: Span) -> Option<(&'static str, String)> {
    let format = format_of(path)?;
    let mut field = String::new();
    for section in sections(format, text) {
        let holds = |entry: &&ini::Entry| {
            entry.key.span.contains(span)
                || entry.value.span().is_some_and(|value| value.contains(span))
        };
        if let Some(entry) = section.entries.iter().find(holds) {
            let name = section.name.value;
            let dot = if name.is_empty() { "" } else { "." };
            field = format!("{name}{dot}{}", entry.key.value);
        }
    }
    Some((format.kind(), field))
}

/// The known one of several, or the first that is not absent.
fn first_of(fields: impl IntoIterator<Item = Field<String>>) -> Field<String> {
    fields.into_iter().find(|field| !field.is_absent()).unwrap_or_default()
}

/// A switch that this place turns on.
fn on(place: Option<Span>) -> Field<bool> {
    place.map_or(Field::Absent, |place| Field::Known(Spanned::new(true, place)))
}

/// A number of bytes, which a `K`, `M` or `G` may follow, as systemd reads them.
fn bytes(field: Field<String>) -> Field<i64> {
    match field {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => {
            let digits = text.value.trim_end_matches(['K', 'M', 'G']);
            let factor = match &text.value[digits.len()..] {
                "" => Some(1),
                "K" => Some(1 << 10),
                "M" => Some(1 << 20),
                "G" => Some(1 << 30),
                _ => None,
            };
            let number = digits.parse::<i64>().ok();
            match number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)) {
                Some(number) => Field::Known(Spanned::new(number, text.span)),
                None => Field::Unknown(text.span),
            }
        }
    }
}

#[cfg(test)]
mod tests;
