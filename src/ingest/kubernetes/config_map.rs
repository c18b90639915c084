//! ConfigMap: its values, and the addresses of servers in their texts.

use serde::Deserialize;

use crate::ingest::Map;
use crate::ingest::address_words::{self, AddressWord};
use crate::ingest::corefile::{self, CorefileText};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::address::{Shape, host_of};
use crate::syntax::decode::decode;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfigMap {
    pub data: Map<String>,
    /// What `data` has for CoreDNS.
    #[serde(skip)]
    pub corefiles: Vec<CorefileText>,
    /// What the texts of `data` name as URLs and as `host:port`.
    #[serde(skip)]
    pub addresses: Vec<WrittenAddress>,
    /// Private addresses in the texts of `data`.
    #[serde(skip)]
    pub private_addresses: Vec<AddressWord>,
}

/// A server that a text names.
#[derive(Clone, Debug)]
pub struct WrittenAddress {
    /// The key of the text.
    pub key: String,
    pub host: String,
    /// As written, or that of the URL's scheme.
    pub port: Option<u16>,
    pub port_is_written: bool,
    pub is_url: bool,
    /// From the host to the end of the word.
    pub span: Span,
}

/// Beyond so many, a ConfigMap is data and not a configuration.
const MAX_ADDRESSES: usize = 500;

/// Beyond so many bytes, a text is not looked through.
const MAX_TEXT: usize = 1 << 20;

pub(super) fn read(node: Node<'_>) -> Option<Box<ConfigMap>> {
    let mut config_map: Box<ConfigMap> = decode(node).0.map(Box::new)?;
    config_map.corefiles = corefile::of_config_map(node);
    config_map.addresses = addresses(node);
    config_map.private_addresses = private_addresses(node);
    Some(config_map)
}

fn private_addresses(config_map: Node<'_>) -> Vec<AddressWord> {
    let mut found = Vec::new();
    for (key, value) in config_map.get("data").into_iter().flat_map(Node::entries) {
        let Some(key) = key.str().filter(|key| is_configuration(key)) else { continue };
        if value.str().is_some_and(|text| text.len() <= MAX_TEXT) {
            address_words::collect(key, value, &mut found);
        }
    }
    found
}

fn addresses(config_map: Node<'_>) -> Vec<WrittenAddress> {
    let mut found = Vec::new();
    for (key, value) in config_map.get("data").into_iter().flat_map(Node::entries) {
        let (Some(key), Some(text)) = (key.str(), value.inner_text()) else { continue };
        if !is_configuration(key) || text.value.len() > MAX_TEXT {
            continue;
        }
        for (start, word) in words(&text.value) {
            let Some(written) = host_of(word) else { continue };
            if written.shape == Shape::Word || found.len() == MAX_ADDRESSES {
                continue;
            }
            found.push(WrittenAddress {
                key: key.to_owned(),
                host: written.host.to_owned(),
                port: written.port,
                port_is_written: written.port_is_written,
                is_url: written.shape == Shape::Url,
                span: text.span(start..start + word.len()),
            });
        }
    }
    found
}

/// Whether the text of a key may be one that a program acts on: pages and notes are for people.
fn is_configuration(key: &str) -> bool {
    let ending = key.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let for_people = ["md", "html", "htm", "css", "js", "txt", "rst", "svg", "crt", "pem", "sql"];
    !for_people.contains(&ending.as_str())
}

/// The words of a text that may be addresses, with where they start. Comments are left out.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, without_comment(line))
    });
    lines.filter(|(_, line)| line.contains(':')).flat_map(|(at, line)| {
        let is_part = |c: char| !(c.is_whitespace() || "\"'`();|&<>,=[]{}".contains(c));
        line.split(move |c| !is_part(c)).filter(|word| word.contains(':')).map(move |word| {
            let offset = word.as_ptr() as usize - line.as_ptr() as usize;
            (at + offset, word)
        })
    })
}

fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    let is_comment =
        ["#", "//", ";", "--", "*", "<!--", "REM "].iter().any(|c| trimmed.starts_with(c));
    if is_comment {
        return "";
    }
    line.split(" #").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::ingest::kubernetes::Kubernetes;
    use crate::ingest::{Body, ingest};
    use crate::source::Sources;

    #[test]
    fn texts_name_servers() {
        let text = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  nginx.conf: |
    # proxy_pass http://old:80;
    location / { proxy_pass http://pricing:8080/v1; } # http://older
    upstream db { server db.shop.svc:5432; }
    listen 80;
    server_name web;
    return 302 http://$host:80;
  app.yaml: |
    targets: ['api:9090', \"localhost:1\", ${HOST}:2]
    image: \"Web:1\"
  README.md: see http://docs
  plain: redis:6379
";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.to_owned());
        let contents = ingest(file, "a.yaml", text);
        let Body::Kubernetes(Kubernetes::ConfigMap(map)) = &contents.resources[0].body else {
            panic!("a ConfigMap")
        };
        let found: Vec<_> = map
            .addresses
            .iter()
            .map(|it| (it.host.as_str(), it.port, it.is_url, sources.text(it.span)))
            .collect();
        assert_eq!(
            found,
            [
                ("pricing", Some(8080), true, "http://pricing:8080/v1"),
                ("db.shop.svc", Some(5432), false, "db.shop.svc:5432"),
                ("api", Some(9090), false, "api:9090"),
                ("redis", Some(6379), false, "redis:6379"),
            ]
        );
    }
}
