//! Ports that services publish on their host, in the short and the long notation (compose-go,
//! `types.ParsePortConfig`).

use std::net::IpAddr;

use super::value::{number, setting};
use crate::ingest::compose::Value;
use crate::model::Field;
use crate::model::ports::Protocol;
use crate::source::{Span, Spanned};

/// An entry of `ports`.
#[derive(Clone, Debug)]
pub struct Port {
    pub span: Span,
    pub is_short: bool,
    /// Short, and without quotes.
    pub is_plain: bool,
    pub text: Option<String>,
    /// Absent for every address of the host.
    pub host_ip: Field<IpAddr>,
    /// Absent for a port that the engine chooses.
    pub published: Field<PortRange>,
    pub target: Field<PortRange>,
    /// `None` for one that is not known.
    pub protocol: Option<Protocol>,
    pub mode: Field<String>,
}

/// Ports from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    pub fn count(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl Port {
    /// Where the port of the host is written; the whole entry in the short notation.
    pub fn place(&self) -> Span {
        self.published.span().unwrap_or(self.span)
    }

    /// The ports of the host that are taken for certain: none when the engine chooses one, also
    /// out of a range.
    pub fn taken(&self) -> Option<PortRange> {
        let published = *self.published.value()?;
        let target = *self.target.value()?;
        (published.first != 0 && published.count() == target.count()).then_some(published)
    }
}

pub(super) fn read(value: &Value) -> Option<Port> {
    if let Some(text) = value.text() {
        return Some(short(value, text));
    }
    if value.entries().is_empty() {
        return None;
    }
    let text = |key: &str| setting(value.get(key));
    let range = |key: &str| match text(key) {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => match parse_range(&text.value) {
            Some(range) => Field::Known(Spanned::new(range, text.span)),
            None => Field::Unknown(text.span),
        },
    };
    let host_ip = match text("host_ip") {
        Field::Absent => Field::Absent,
        Field::Unknown(span) => Field::Unknown(span),
        Field::Known(text) => address(&text.value, text.span),
    };
    let protocol = match text("protocol") {
        Field::Absent => Some(Protocol::Tcp),
        Field::Known(text) => protocol_of(&text.value),
        Field::Unknown(_) => None,
    };
    Some(Port {
        span: value.span,
        is_short: false,
        is_plain: false,
        text: None,
        host_ip,
        published: range("published"),
        target: range("target"),
        protocol,
        mode: text("mode"),
    })
}

fn short(value: &Value, text: &str) -> Port {
    let span = value.span;
    let is_plain = matches!(
        &value.content,
        crate::ingest::compose::Content::Scalar(text) if text.is_plain && text.is_written
    );
    let mut port = Port {
        span,
        is_short: true,
        is_plain,
        text: Some(text.to_owned()),
        host_ip: Field::Absent,
        published: Field::Absent,
        target: Field::Unknown(span),
        protocol: None,
        mode: Field::Absent,
    };
    let (rest, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    port.protocol = protocol_of(protocol);
    let (rest, target) = rest.rsplit_once(':').map_or((None, rest), |(rest, it)| (Some(rest), it));
    let field = |text: &str| match parse_range(text) {
        Some(range) => Field::Known(Spanned::new(range, span)),
        None => Field::Unknown(span),
    };
    port.target = field(target);
    let Some(rest) = rest else { return port };
    let (host, published) =
        rest.rsplit_once(':').map_or((None, rest), |(host, it)| (Some(host), it));
    // `127.0.0.1::80` leaves the port to the engine.
    port.published = if published.is_empty() { Field::Absent } else { field(published) };
    if let Some(host) = host {
        port.host_ip = address(host, span);
    }
    port
}

/// Every address of the host is as good as none.
fn address(text: &str, span: Span) -> Field<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match inside.unwrap_or(text) {
        "" => Field::Absent,
        text => match text.parse::<IpAddr>() {
            Ok(address) => Field::Known(Spanned::new(address, span)),
            Err(_) => Field::Unknown(span),
        },
    }
}

fn protocol_of(text: &str) -> Option<Protocol> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn parse_range(text: &str) -> Option<PortRange> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| number(text).and_then(|number| u16::try_from(number).ok());
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some(PortRange { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::compose::{Content, Text};
    use crate::source::FileId;

    fn port(text: &str) -> String {
        let span = Span::new(FileId::new(0), 0..text.len());
        let text = Text { text: text.to_owned(), is_plain: true, is_written: true };
        let value = Value { span, tag: None, content: Content::Scalar(text) };
        let port = read(&value).expect("a port");
        let show = |field: &Field<PortRange>| match field {
            Field::Absent => "any".to_owned(),
            Field::Known(range) => range.value.to_string(),
            Field::Unknown(_) => "?".to_owned(),
        };
        let host = match &port.host_ip {
            Field::Absent => "*".to_owned(),
            Field::Known(address) => address.value.to_string(),
            Field::Unknown(_) => "?".to_owned(),
        };
        let protocol = port.protocol.map_or("?", Protocol::name);
        format!("{host} {} {} {protocol}", show(&port.published), show(&port.target))
    }

    #[test]
    fn short_ports_are_told_apart() {
        for (text, expected) in [
            ("80", "* any 80 TCP"),
            ("8080:80", "* 8080 80 TCP"),
            ("127.0.0.1:8080:80/udp", "127.0.0.1 8080 80 UDP"),
            ("127.0.0.1::80", "127.0.0.1 any 80 TCP"),
            ("[::1]:8080:80", "::1 8080 80 TCP"),
            ("::1:8080:80", "::1 8080 80 TCP"),
            (":8080:80", "* 8080 80 TCP"),
            ("9090-9091:8080-8081", "* 9090-9091 8080-8081 TCP"),
            ("49100-49200", "* any 49100-49200 TCP"),
            ("web:80", "* ? 80 TCP"),
            ("70000:80", "* ? 80 TCP"),
            ("80:80/icmp", "* 80 80 ?"),
        ] {
            assert_eq!(port(text), expected, "{text}");
        }
    }
}
