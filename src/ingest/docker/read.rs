//! From the text of a `daemon.json` to a resource, wherever the text stands.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;
use serde::de::DeserializeOwned;

use super::check;
use super::{
    AddressPool, DaemonNetwork, DaemonOrigin, DockerDaemon, NetworkOption, sounds_like_daemon,
};
use crate::ingest::cni_text::{no_object, strict_problem};
use crate::ingest::kubernetes::ObjectMeta;
use crate::ingest::{Body, DocumentInfo, Outcome, Problem, ProblemKind, Reader, Resource};
use crate::source::{Span, Spanned};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{self, Node, Text, template};

/// What such a file is called.
pub(in crate::ingest) const KIND: &str = "Docker daemon";

impl Reader<'_> {
    /// A file that is one configuration by its path. Its document is put down here.
    pub(in crate::ingest) fn docker_daemon_file(&mut self, text: &str) {
        let whole = Text::whole(self.file, text);
        let outcome = match text.trim_start_matches('\u{feff}').trim().is_empty() {
            true => Outcome::Skipped("empty"),
            false => self.docker_daemon_text(0, DaemonOrigin::File, &whole),
        };
        let kind = (outcome == Outcome::Read).then(|| KIND.to_owned());
        let span = Span::new(self.file, 0..text.len());
        self.contents.documents.push(DocumentInfo { index: 0, span, kind, outcome });
    }

    /// A document of a file that may be one: its keys have told so.
    pub(in crate::ingest) fn docker_daemon_document(&mut self, document: usize, root: Node<'_>) {
        let strict = strict_problem(&Text::whole(self.file, self.text));
        self.push_docker_daemon(document, DaemonOrigin::File, root, strict);
    }

    /// A value of a ConfigMap under a key `daemon.json`.
    pub(in crate::ingest) fn docker_daemon_in_config_map(
        &mut self,
        document: usize,
        value: Node<'_>,
    ) {
        let Some(inner) = value.inner_text() else { return };
        if sounds_like_daemon(&inner.value) {
            self.docker_daemon_text(document, DaemonOrigin::ConfigMap, &inner);
        }
    }

    /// A file that cloud-init writes.
    pub(in crate::ingest) fn docker_daemon_written(&mut self, document: usize, text: &Text<'_>) {
        if !text.value.trim().is_empty() {
            self.docker_daemon_text(document, DaemonOrigin::Written, text);
        }
    }

    fn docker_daemon_text(
        &mut self,
        document: usize,
        origin: DaemonOrigin,
        text: &Text<'_>,
    ) -> Outcome {
        let strict = strict_problem(text);
        let parsed = syntax::parse(text.clone(), false);
        let root = parsed.tree.documents().first().map(|document| parsed.tree.root(document));
        let outcome = match root {
            Some(root) if root.is_map() => {
                self.push_docker_daemon(document, origin, root, strict.clone());
                Outcome::Read
            }
            _ if template::is_engine_template(&text.value) => {
                return Outcome::Skipped(template::engine(&text.value));
            }
            // JSON that nests too deeply for the parser, which says so itself.
            None if strict.is_none() => Outcome::Broken,
            _ => {
                let problem = strict.clone().unwrap_or_else(|| no_object(text));
                self.push_broken_docker_daemon(document, origin, text, problem);
                Outcome::Read
            }
        };
        // What is not JSON is told once, and in the words of JSON.
        for problem in parsed.problems {
            if outcome == Outcome::Broken || problem.kind.is_duplicate_key() {
                let (kind, span) = (ProblemKind::Syntax(problem.kind), problem.span);
                self.contents.problems.push(Problem { document, kind, span });
            }
        }
        outcome
    }

    fn push_docker_daemon(
        &mut self,
        document: usize,
        origin: DaemonOrigin,
        root: Node<'_>,
        strict_problem: Option<Spanned<String>>,
    ) {
        let entries = root.entries();
        let keys =
            entries.filter_map(|(key, _)| Some(Spanned::new(key.str()?.to_owned(), key.span())));
        let daemon = DockerDaemon {
            origin,
            // A guess at what a broken text means is no ground to judge it on.
            problems: match &strict_problem {
                Some(_) => Vec::new(),
                None => check::problems(root),
            },
            strict_problem,
            keys: keys.collect(),
            network: network(root),
        };
        let start = root.span().slice(0..1);
        self.push_daemon(document, root.span(), start, root.raw(), daemon);
    }

    fn push_broken_docker_daemon(
        &mut self,
        document: usize,
        origin: DaemonOrigin,
        text: &Text<'_>,
        problem: Spanned<String>,
    ) {
        let span = problem.span;
        let daemon = DockerDaemon {
            origin,
            strict_problem: Some(problem),
            problems: Vec::new(),
            keys: Vec::new(),
            network: DaemonNetwork::default(),
        };
        self.push_daemon(document, span, span, &text.value, daemon);
    }

    fn push_daemon(
        &mut self,
        document: usize,
        span: Span,
        start: Span,
        text: &str,
        daemon: DockerDaemon,
    ) {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        self.contents.resources.push(Resource {
            file: self.file,
            document,
            span,
            api_version: Spanned::new(String::new(), start),
            kind: Spanned::new(KIND.to_owned(), start),
            metadata: ObjectMeta::default(),
            content: hasher.finish(),
            body: Body::DockerDaemon(Box::new(daemon)),
        });
    }
}

/// A value as it is written; absent where it is not.
pub(super) fn field<T: DeserializeOwned>(node: Option<Node<'_>>) -> Field<T> {
    node.and_then(|node| decode::<Field<T>>(node).0).unwrap_or_default()
}

fn network(root: Node<'_>) -> DaemonNetwork {
    let get = |key: &str| root.get(key);
    let pools = get("default-address-pools").into_iter().flat_map(Node::items);
    let drivers = get("default-network-opts").into_iter().flat_map(Node::entries);
    DaemonNetwork {
        bridge: field(get("bridge")),
        bip: field(get("bip")),
        bip6: field(get("bip6")),
        fixed_cidr: field(get("fixed-cidr")),
        fixed_cidr_v6: field(get("fixed-cidr-v6")),
        default_gateway: field(get("default-gateway")),
        default_gateway_v6: field(get("default-gateway-v6")),
        default_address_pools: pools.map(pool).collect(),
        mtu: field(get("mtu")),
        default_network_opts: drivers
            .filter_map(|(driver, options)| {
                Some((driver.str()?.to_owned(), NetworkOption::of_map(options)))
            })
            .collect(),
        dns: field(get("dns")),
        ip: field(get("ip")),
        host_gateway_ip: field(get("host-gateway-ip")),
        host_gateway_ips: field(get("host-gateway-ips")),
        registry_mirrors: field(get("registry-mirrors")),
        hosts: field(get("hosts")),
        iptables: field(get("iptables")),
        ip6tables: field(get("ip6tables")),
        ip_forward: field(get("ip-forward")),
        ip_masq: field(get("ip-masq")),
        icc: field(get("icc")),
        ipv6: field(get("ipv6")),
        rootless: field(get("rootless")),
        live_restore: field(get("live-restore")),
        firewall_backend: field(get("firewall-backend")),
    }
}

/// Go finds fields whatever their case.
fn pool(node: Node<'_>) -> AddressPool {
    let get = |name: &str| {
        let mut entries = node.entries();
        let is_named = |key: Node<'_>| key.str().is_some_and(|key| key.eq_ignore_ascii_case(name));
        entries.find(|(key, _)| is_named(*key)).map(|(_, value)| value)
    };
    AddressPool { span: node.span(), base: field(get("base")), size: field(get("size")) }
}
