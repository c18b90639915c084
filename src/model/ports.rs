//! Transport protocols, and ports by number or name.

use std::fmt;

use crate::ingest::IntOrString;
use crate::syntax::decode::Field;

/// What a port belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }

    /// A `protocol` field; absent means TCP everywhere in the API. `None` for what cannot be
    /// known and for what the API refuses.
    pub fn of_field(field: &Field<String>) -> Option<Protocol> {
        match field {
            Field::Absent => Some(Protocol::Tcp),
            Field::Known(name) => Protocol::from_name(&name.value),
            Field::Unknown(_) => None,
        }
    }

    pub fn from_name(name: &str) -> Option<Protocol> {
        [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|p| p.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A port as policies and Services refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PortRef<'a> {
    Number(u16),
    /// The name of a container port.
    Name(&'a str),
}

impl<'a> PortRef<'a> {
    /// `None` for what is absent, cannot be known, or is no port.
    pub fn of_field(field: &'a Field<IntOrString>) -> Option<PortRef<'a>> {
        match field.value()? {
            IntOrString::Int(number) => port_number(*number).map(PortRef::Number),
            IntOrString::Str(name) => Some(PortRef::Name(name.as_str())),
        }
    }
}

impl fmt::Display for PortRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortRef::Number(number) => number.fmt(f),
            PortRef::Name(name) => f.pad(name),
        }
    }
}

/// Names of ports that a service mesh adds to pods.
pub fn is_injected(name: &str) -> bool {
    name.starts_with("http-envoy") || name.starts_with("linkerd-") || name.starts_with("istio-")
}

/// A number that a port can have.
pub fn port_number(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number != 0)
}

/// What is wrong with the name of a port: `IsValidPortName` in `k8s.io/apimachinery`.
pub fn fault_of_port_name(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!(
            "`{name}` in quotes is a name, and names have a letter: leave the quotes out"
        ));
    }
    if name.len() > 15 {
        return Some(format!(
            "`{name}` is too long for the name of a port: {} of at most 15 characters",
            name.len()
        ));
    }
    let sound = name.bytes().all(allowed)
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-');
    (!sound).then(|| format!("`{name}` is no name of a port: lower-case letters, digits and single dashes between them"))
}

/// What is wrong with a number that stands for a port.
pub fn fault_of_port_number(number: i64) -> Option<String> {
    let is_port = port_number(number).is_some();
    (!is_port).then(|| format!("{number} is no port: ports are from 1 to 65535"))
}

/// A DNS label of RFC 1123, of any length.
pub fn is_dns_label(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.bytes().all(is_allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
