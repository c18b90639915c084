//! Host names as they stand in URLs, in `host:port`, or alone.
//!
//! What has not the form of a name that must be looked up is none: addresses, `localhost`, words
//! with capitals.

use std::net::IpAddr;

/// In what form a host is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `http://web:8080/path`
    Url,
    /// `web:8080`
    WithPort,
    Word,
}

/// A host as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenHost<'t> {
    pub host: &'t str,
    pub shape: Shape,
    /// As written, or that of the URL's scheme.
    pub port: Option<u16>,
    pub port_is_written: bool,
}

/// The host in a URL, in `host:port`, or a host alone.
pub fn host_of(text: &str) -> Option<WrittenHost<'_>> {
    if let Some((scheme, rest)) = text.split_once("://") {
        let scheme_like = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if scheme.is_empty() || !scheme.chars().all(scheme_like) {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit('@').next()?;
        let (host, port, port_is_written) = match host.split_once(':') {
            Some((host, port)) => (host, port.parse().ok(), true),
            None => (host, port_of_scheme(scheme), false),
        };
        let found = WrittenHost { host, shape: Shape::Url, port, port_is_written };
        return is_host_name(host).then_some(found);
    }
    if let Some((host, port)) = text.split_once(':') {
        let port = port.split('/').next()?;
        let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
        let (port, shape) = (Some(port), Shape::WithPort);
        let found = WrittenHost { host, shape, port, port_is_written: true };
        return is_host_name(host).then_some(found);
    }
    let found = WrittenHost { host: text, shape: Shape::Word, port: None, port_is_written: false };
    is_host_name(text).then_some(found)
}

/// Ports by the registry of IANA, and those that the clients of databases default to.
fn port_of_scheme(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "amqp" => 5672,
        "amqps" => 5671,
        "mongodb" => 27017,
        "mysql" => 3306,
        "nats" => 4222,
        "postgres" | "postgresql" => 5432,
        "redis" | "rediss" => 6379,
        _ => return None,
    })
}

/// Whether a text has the form of a host name that must be looked up.
fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.split('.').all(label)
        && text.parse::<IpAddr>().is_err()
        && text != "localhost"
        && !text.ends_with(".localhost")
        && text != "host.docker.internal"
}
