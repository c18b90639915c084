//! Private IPv4 addresses among the words of settings: in environment, arguments and ConfigMaps.
//!
//! Ranges, and lines that say whom to listen to or whom to trust, are left out: there an address
//! has to be one.

use std::net::Ipv4Addr;

use crate::source::Span;
use crate::syntax::Node;

/// An address that a setting has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressWord {
    pub address: Ipv4Addr,
    pub span: Span,
}

/// More than any text has that people write; beyond, it is data.
const MAX_WORDS: usize = 100;

/// Words before an address that make it one on purpose.
const PURPOSES: [&str; 24] = [
    "acl",
    "advertise",
    "allow",
    "bind",
    "cidr",
    "cluster-ip",
    "clusterip",
    "deny",
    "dns",
    "exclude",
    "gateway",
    "listen",
    "mask",
    "nameserver",
    "network",
    "no_proxy",
    "noproxy",
    "node-ip",
    "range",
    "resolver",
    "route",
    "subnet",
    "trust",
    "whitelist",
];

/// Collects the addresses of a setting: its key, and the text of its value.
pub fn collect(key: &str, value: Node<'_>, found: &mut Vec<AddressWord>) {
    if value.is_templated() || !value.str().is_some_and(|text| text.contains('.')) {
        return;
    }
    let Some(text) = value.inner_text() else { return };
    if is_on_purpose(key) {
        return;
    }
    let mut start = 0;
    for line in text.value.split('\n') {
        for (offset, address) in addresses(line) {
            let first = start + offset;
            let width = address.to_string().len();
            if found.len() < MAX_WORDS && !is_on_purpose(&line[..offset]) {
                found.push(AddressWord { address, span: text.span(first..first + width) });
            }
        }
        start += line.len() + 1;
    }
}

fn is_on_purpose(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.trim_start().starts_with(['#', ';']) || PURPOSES.iter().any(|word| words.contains(word))
}

/// The private addresses of a line with their offsets; those that are followed by a prefix length
/// are ranges.
fn addresses(line: &str) -> impl Iterator<Item = (usize, Ipv4Addr)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if !is_part(bytes[at]) {
                at += 1;
                continue;
            }
            let first = at;
            while at < bytes.len() && is_part(bytes[at]) {
                at += 1;
            }
            let is_range =
                bytes.get(at) == Some(&b'/') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            let Ok(address) = line[first..at].parse::<Ipv4Addr>() else { continue };
            if !is_range && address.is_private() {
                return Some((first, address));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_alone() {
        let found =
            |line: &str| addresses(line).map(|(at, it)| (at, it.to_string())).collect::<Vec<_>>();
        assert_eq!(found("http://10.1.2.3:80/x"), [(7, "10.1.2.3".to_owned())]);
        assert_eq!(
            found("a=10.1.2.3,172.16.0.1"),
            [(2, "10.1.2.3".to_owned()), (11, "172.16.0.1".to_owned())]
        );
        for line in ["10.0.0.0/8", "v10.1.2.3", "10.1.2.3.nip.io", "10.1.2", "8.8.8.8", "10-1-2-3"]
        {
            assert_eq!(found(line), [], "{line}");
        }
    }
}
