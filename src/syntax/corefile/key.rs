//! The parts of a server block's key.

use super::Word;

/// The transports of coredns `plugin/pkg/transport/transport.go`, with their default ports.
const TRANSPORTS: [(&str, Option<u16>); 7] = [
    ("dns", Some(53)),
    ("tls", Some(853)),
    ("quic", Some(853)),
    ("grpc", Some(443)),
    ("https", Some(443)),
    ("https3", Some(443)),
    ("unix", None),
];

/// `[scheme://]zone[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKey {
    pub scheme: Option<Word>,
    /// As written, so with upper-case letters and a final dot where they are; a zone can also be
    /// a range of addresses, which stands for its reverse zones.
    pub zone: Word,
    pub port: Option<Word>,
}

impl ServerKey {
    /// As `SplitHostPort` in coredns `plugin/normalize.go`: digits after the last colon are the
    /// port.
    pub fn parse(key: &Word) -> ServerKey {
        let text = key.text.as_str();
        let scheme = text.find("://").filter(|end| transport(&text[..*end]).is_some());
        let zone_start = scheme.map_or(0, |end| end + "://".len());
        let port = text[zone_start..].rfind(':').map(|colon| zone_start + colon).filter(|colon| {
            let port = &text[colon + 1..];
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        });
        ServerKey {
            scheme: scheme.map(|end| key.part(0..end)),
            zone: key.part(zone_start..port.unwrap_or(text.len())),
            port: port.map(|colon| key.part(colon + 1..text.len())),
        }
    }

    /// The scheme, or what CoreDNS takes without one: `dns`.
    pub fn transport(&self) -> &str {
        self.scheme.as_ref().map_or("dns", |scheme| &scheme.text)
    }

    /// The port that is listened on, 1 to 65535; `None` if the written one is none.
    pub fn port_number(&self) -> Option<u16> {
        match &self.port {
            Some(port) => port.text.parse().ok().filter(|port| *port != 0),
            None => transport(self.transport()).and_then(|(_, port)| port),
        }
    }

    /// For comparing zones: in lower case and without the final dot; the root is `.`.
    pub fn zone_name(&self) -> String {
        let name = self.zone.text.to_lowercase();
        match name.strip_suffix('.').unwrap_or(&name) {
            "" => ".".to_owned(),
            relative => relative.to_owned(),
        }
    }
}

fn transport(name: &str) -> Option<(&'static str, Option<u16>)> {
    TRANSPORTS.into_iter().find(|(known, _)| *known == name)
}
