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
