//! A Corefile in view, and the addresses that it forwards to.

use std::net::IpAddr;
use std::ops::Range;

use super::{Role, Server};
use crate::diagnostic::{Change, Label, Place};
use crate::ingest::charts::ChartSettings;
use crate::ingest::kubernetes::Kubernetes;
use crate::ingest::openshift::OpenShift;
use crate::ingest::{Body, CorefilePart, CorefileText};
use crate::model::object::Object;
use crate::source::Span;
use crate::syntax::corefile::{Directive, Problem, ServerBlock, ServerKey, Word};

/// A Corefile, or a part of one that another imports.
#[derive(Clone, Debug)]
pub struct Corefile<'a> {
    /// The ConfigMap, or the file itself.
    pub object: Object<'a>,
    text: &'a CorefileText,
    pub role: Role,
    /// The servers that are configured by it, as indices.
    pub(super) users: Vec<usize>,
}

/// All Corefiles, in the order of the files.
pub(super) fn in_objects<'a>(objects: &[Object<'a>]) -> Vec<Corefile<'a>> {
    let mut corefiles = Vec::new();
    for object in objects {
        let texts = match object.body() {
            Body::Corefile(text) => std::slice::from_ref(&**text),
            Body::Kubernetes(Kubernetes::ConfigMap(config_map)) => &config_map.corefiles,
            Body::OpenShift(OpenShift::Dns(text)) => std::slice::from_ref(&**text),
            Body::ChartValues(values) if !object.is_chart_default() => match &values.settings {
                ChartSettings::CoreDns(dns) => dns.corefile.as_slice(),
                _ => continue,
            },
            _ => continue,
        };
        corefiles.extend(texts.iter().map(|text| Corefile {
            object: *object,
            text,
            role: Role::Other,
            users: Vec::new(),
        }));
    }
    corefiles
}

impl<'a> Corefile<'a> {
    pub fn part(&self) -> CorefilePart {
        self.text.part
    }

    /// Whether it is a file of its own, which anything may be made of.
    pub fn is_file(&self) -> bool {
        self.text.key.is_none()
    }

    /// Whether all that CoreDNS will see is in view.
    pub fn is_complete(&self) -> bool {
        self.part() == CorefilePart::Whole
            && !self.text.templated
            && self.text.corefile.is_complete()
    }

    pub fn blocks(&self) -> &'a [ServerBlock] {
        &self.text.corefile.blocks
    }

    /// What is wrong with the text itself.
    pub fn problems(&self) -> &'a [Problem] {
        &self.text.corefile.problems
    }

    /// The directives of a block or of a body, with snippets in the place of their imports.
    pub fn expand(&self, directives: &'a [Directive]) -> Vec<&'a Directive> {
        self.text.corefile.expand(directives)
    }

    /// The directives of all server blocks with their blocks.
    pub fn directives(&self) -> impl Iterator<Item = (&'a ServerBlock, &'a Directive)> {
        let corefile = &self.text.corefile;
        let of_block = |block: &'a ServerBlock| {
            corefile.expand(&block.directives).into_iter().map(move |directive| (block, directive))
        };
        corefile.blocks.iter().flat_map(of_block)
    }

    /// The directives of that name directly in server blocks.
    pub fn named(&self, name: &'a str) -> impl Iterator<Item = (&'a ServerBlock, &'a Directive)> {
        self.text.corefile.directives(name)
    }

    pub fn has(&self, name: &'a str) -> bool {
        self.named(name).next().is_some()
    }

    /// The zones in which Services have their names, reverse zones aside: those of the plugin
    /// `kubernetes`, or else those of its block. Nothing when some cannot be known.
    pub fn service_zones(&self) -> Vec<(String, &'a Word)> {
        let mut zones = Vec::new();
        for (block, kubernetes) in self.named("kubernetes") {
            let words = if kubernetes.args.is_empty() { &block.keys } else { &kubernetes.args };
            for word in words {
                let zone = ServerKey::parse(word).zone_name();
                if word.is_placeholder() {
                    return Vec::new();
                }
                if !zone.ends_with(".arpa") && !zone.contains('/') {
                    zones.push((zone, word));
                }
            }
        }
        zones
    }

    /// The word that makes CoreDNS watch every pod: `autopath`, or `verified` of
    /// `pods verified`.
    pub fn watches_all_pods(&self) -> Option<&'a Word> {
        let verified = self.named("kubernetes").find_map(|(_, kubernetes)| {
            let options = self.expand(&kubernetes.body);
            let pods = options.into_iter().find(|option| option.name.text == "pods")?;
            pods.args.first().filter(|mode| mode.text == "verified")
        });
        self.named("autopath").map(|(_, autopath)| &autopath.name).next().or(verified)
    }

    /// The addresses that server blocks are bound to, each with the word that names it first.
    pub fn bound_addresses(&self) -> Vec<(IpAddr, &'a Word)> {
        let mut bound: Vec<(IpAddr, &Word)> = Vec::new();
        for (_, bind) in self.named("bind") {
            for word in &bind.args {
                let Ok(address) = word.text.parse() else { continue };
                if !bound.iter().any(|(other, _)| *other == address) {
                    bound.push((address, word));
                }
            }
        }
        bound
    }

    /// Whether a server block is bound to something that is no address, such as an interface.
    pub fn binds_to_unknown(&self) -> bool {
        self.named("bind")
            .any(|(_, bind)| bind.args.iter().any(|word| word.text.parse::<IpAddr>().is_err()))
    }

    /// Every word, in no particular order.
    pub fn words(&self) -> Vec<&'a Word> {
        let corefile = &self.text.corefile;
        let mut words: Vec<&Word> = corefile.blocks.iter().flat_map(|block| &block.keys).collect();
        let mut lists: Vec<&[Directive]> = Vec::new();
        lists.extend(corefile.blocks.iter().map(|block| block.directives.as_slice()));
        lists.extend(corefile.snippets.iter().map(|snippet| snippet.directives.as_slice()));
        while let Some(list) = lists.pop() {
            for directive in list {
                words.push(&directive.name);
                words.extend(&directive.args);
                lists.push(&directive.body);
            }
        }
        words
    }

    /// A new line before the first directive of a name.
    pub fn line_before(&self, name: &'a str, text: &str) -> Option<Change> {
        let (_, directive) = self.named(name).next()?;
        Some(Change::Line { before: self.span(&directive.range), text: text.to_owned() })
    }

    pub fn span(&self, range: &Range<usize>) -> Span {
        self.text.span(range)
    }

    pub fn label(&self, range: &Range<usize>, text: impl Into<String>) -> Label {
        self.span(range).label(text)
    }

    /// Where a finding about all of it points: the ConfigMap's key, or the first zone of a file.
    pub fn place(&self) -> Span {
        self.text.key.as_ref().map_or(self.object.resource.name_span(), |key| key.span)
    }

    /// Takes over the role of its user, or finds one by what it says.
    pub(super) fn find_role(&mut self, servers: &[Server<'_>]) {
        self.role = match self.users.first() {
            Some(user) => servers[*user].role,
            None => self.role_by_content(),
        };
    }

    fn role_by_content(&self) -> Role {
        let name = self.object.name();
        let binds_to_node = |(_, bind): (_, &Directive)| {
            bind.args.iter().any(|arg| arg.text.starts_with("169.254."))
        };
        let is_cache = ["node-local", "nodelocal"].iter().any(|part| name.contains(part))
            || self.words().iter().any(|word| word.text.contains("__PILLAR__"))
            || self.named("bind").any(binds_to_node);
        if is_cache {
            return Role::NodeLocal;
        }
        let namespace = self.object.namespace_name();
        let in_place = matches!(namespace, None | Some("kube-system" | "openshift-dns"));
        let is_cluster = (in_place && self.has("kubernetes"))
            || (namespace == Some("kube-system") && matches!(name, "coredns" | "coredns-custom"));
        if is_cluster { Role::Cluster } else { Role::Other }
    }
}

/// A server that queries are forwarded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream<'w> {
    /// `dns`, `tls`, `https` …
    pub transport: &'w str,
    pub address: IpAddr,
    pub port: u16,
}

/// Reads a `TO` of `forward` as `HostPortOrFile` of coredns `plugin/pkg/parse/host.go` does:
/// `[scheme://]IP[:port]`, a zone behind the address left out. `None` for files, names and words
/// that are filled in later.
pub fn upstream(word: &Word) -> Option<Upstream<'_>> {
    let (transport, rest) = word.text.split_once("://").unwrap_or(("dns", &word.text));
    let default_port = match transport {
        "dns" => 53,
        "tls" | "quic" => 853,
        "https" | "https3" | "grpc" => 443,
        _ => return None,
    };
    let address = |text: &str| text.split('%').next().unwrap_or_default().parse::<IpAddr>().ok();
    if let Some(address) = address(rest) {
        return Some(Upstream { transport, address, port: default_port });
    }
    let (host, port) = rest.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some(Upstream { transport, address: address(host)?, port: port.parse().ok()? })
}

/// Whether a block answers on a port with a transport. A block that is imported into another one
/// has no keys of its own, and is taken to be imported into one for DNS as usual.
pub fn listens(block: &ServerBlock, upstream: &Upstream<'_>) -> bool {
    if block.keys.is_empty() {
        return upstream.transport == "dns" && upstream.port == 53;
    }
    block.keys.iter().filter(|key| !key.is_placeholder()).map(ServerKey::parse).any(|key| {
        key.transport() == upstream.transport && key.port_number() == Some(upstream.port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_read_in_all_notations() {
        let table = [
            ("127.0.0.1", Some(("dns", "127.0.0.1", 53))),
            ("10.0.0.2:5353", Some(("dns", "10.0.0.2", 5353))),
            ("::1", Some(("dns", "::1", 53))),
            ("[::1]:1053", Some(("dns", "::1", 1053))),
            ("fe80::1%eth0", Some(("dns", "fe80::1", 53))),
            ("dns://127.0.0.1:53", Some(("dns", "127.0.0.1", 53))),
            ("tls://9.9.9.9", Some(("tls", "9.9.9.9", 853))),
            ("/etc/resolv.conf", None),
            ("resolver.example.org", None),
            ("{$UPSTREAM}", None),
            ("1.1.1.1:99999", None),
            ("", None),
        ];
        for (text, expected) in table {
            let word = Word { text: text.to_owned(), range: 0..text.len() };
            let read = upstream(&word).map(|u| (u.transport, u.address.to_string(), u.port));
            let expected = expected.map(|(t, a, p)| (t, a.to_owned(), p));
            assert_eq!(read, expected, "{text}");
        }
    }
}
