//! Host names that a workload's containers are told: in environment, arguments and commands, and
//! in the ConfigMaps that they get as variables or as files.
//!
//! A name in code, or in a file that comes with an image, is not seen. What is no name for certain,
//! or only the workload's own address, is left out.

use super::config_maps::{ConfigMapUse, ConfigMaps};
use super::namespaces::is_known;
use super::services::{Service, Services};
use super::workloads::Workload;
use crate::source::Span;
use crate::syntax::address::{Shape, host_of};
use crate::syntax::decode::Field;

/// A host name that a workload is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostName<'a> {
    pub name: &'a str,
    /// The port that is written with it, or that its scheme has.
    pub port: Option<u16>,
    pub port_is_written: bool,
    pub span: Span,
    pub kind: NameKind,
    /// Whether it is written as something to talk to: in a URL, with a port, or as the value of a
    /// setting such as `DB_HOST`.
    pub is_called: bool,
    /// Whether it stands in a URL.
    pub is_url: bool,
    /// Whether it stands in a file that the workload gets.
    pub in_file: bool,
}

/// How sure it is that the name must be looked up, the surest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A name outside of the cluster, in a URL: it may be there to be shown and not to be called.
    External,
    /// A server that the workload is told to talk to, by a setting such as `DB_HOST`, or a name of
    /// one part.
    Server,
    /// A name that only the cluster's DNS knows: of a Service in view, or one that ends as the
    /// names of Services do.
    Cluster,
}

/// The host names that a workload is told.
#[derive(Debug, Default)]
pub struct ToldNames<'a> {
    /// Those of its own manifest first, in the order in which they stand.
    pub all: Vec<HostName<'a>>,
    own: usize,
}

impl<'a> ToldNames<'a> {
    pub fn new(
        workload: &Workload<'a>,
        services: &Services<'a>,
        config_maps: &ConfigMaps<'a>,
    ) -> ToldNames<'a> {
        let finder = Finder { workload, services };
        let mut all = finder.in_manifest();
        let own = all.len();
        all.extend(finder.in_config_maps(config_maps));
        ToldNames { all, own }
    }

    /// Those that it is told by itself, and not by ConfigMaps.
    pub fn own(&self) -> &[HostName<'a>] {
        &self.all[..self.own]
    }
}

struct Finder<'v, 'a> {
    workload: &'v Workload<'a>,
    services: &'v Services<'a>,
}

impl<'a> Finder<'_, 'a> {
    fn in_manifest(&self) -> Vec<HostName<'a>> {
        let mut found = Vec::new();
        for container in self.workload.spec.pod.all_containers() {
            for variable in container.env.items().iter().filter_map(Field::value) {
                let Some(value) = variable.value.known() else { continue };
                let key = variable.name.value().map_or("", String::as_str);
                found.extend(self.in_setting(key, &value.value, value.span));
            }
            for word in container.command.items().iter().chain(container.args.items()) {
                let Some(word) = word.known() else { continue };
                match word.value.strip_prefix('-').and_then(|flag| flag.split_once('=')) {
                    Some((flag, value)) => found.extend(self.in_setting(flag, value, word.span)),
                    None => found.extend(self.in_words(&word.value, word.span)),
                }
            }
        }
        found
    }

    fn in_config_maps(&self, config_maps: &ConfigMaps<'a>) -> Vec<HostName<'a>> {
        let mut found = Vec::new();
        for used in config_maps.used_by(self.workload) {
            match used {
                ConfigMapUse::Setting { name, value, span } => {
                    found.extend(self.in_setting(name, value, span));
                }
                ConfigMapUse::Address(address) => {
                    let shape = if address.is_url { Shape::Url } else { Shape::WithPort };
                    let kind = self.kind(&address.host, shape, false);
                    if kind == Some(NameKind::Cluster) {
                        found.push(HostName {
                            name: &address.host,
                            port: address.port,
                            port_is_written: address.port_is_written,
                            span: address.span,
                            kind: NameKind::Cluster,
                            is_called: true,
                            is_url: address.is_url,
                            in_file: true,
                        });
                    }
                }
            }
        }
        found
    }

    /// A value with a name: `DB_HOST=db`, `--server=https://vault:8200`.
    fn in_setting(&self, key: &str, value: &'a str, span: Span) -> Vec<HostName<'a>> {
        if is_own_address(key) || names_an_image(key) {
            return Vec::new();
        }
        let parts = value.split([',', ';']).map(str::trim);
        let names = parts.filter_map(|part| self.host_name(part, names_a_server(key), span));
        names.collect()
    }

    /// Words of a command line, such as `wget -qO- http://web` in a script.
    fn in_words(&self, text: &'a str, span: Span) -> Vec<HostName<'a>> {
        let separators = |c: char| c.is_whitespace() || "\"'`();|&<>,=".contains(c);
        let names = text.split(separators).filter_map(|word| self.host_name(word, false, span));
        names.take(100).collect()
    }

    fn host_name(&self, text: &'a str, named_as_server: bool, span: Span) -> Option<HostName<'a>> {
        let written = host_of(text)?;
        let shape = written.shape;
        Some(HostName {
            name: written.host,
            port: written.port,
            port_is_written: written.port_is_written,
            span,
            kind: self.kind(written.host, shape, named_as_server)?,
            is_called: shape != Shape::Word || named_as_server,
            is_url: shape == Shape::Url,
            in_file: false,
        })
    }

    fn kind(&self, host: &str, shape: Shape, named_as_server: bool) -> Option<NameKind> {
        if let Some(service) = service(self.workload, self.services, host) {
            let own = service.selected.iter().any(|(class, _)| *class == self.workload.class);
            // A word that happens to be the name of its own Service says nothing.
            return (shape != Shape::Word || !own).then_some(NameKind::Cluster);
        }
        let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
        match shape {
            _ if labels.len() >= 3 && labels[2] == "svc" => Some(NameKind::Cluster),
            _ if host.ends_with(".cluster.local") => Some(NameKind::Cluster),
            Shape::Word if named_as_server => Some(NameKind::Server),
            Shape::Word => None,
            Shape::Url | Shape::WithPort if named_as_server || labels.len() == 1 => {
                Some(NameKind::Server)
            }
            Shape::Url | Shape::WithPort => Some(NameKind::External),
        }
    }
}

/// The Service that a name stands for as seen from a workload; it may be an alias for another name.
pub fn service<'s, 'a>(
    workload: &Workload<'a>,
    services: &'s Services<'a>,
    host: &str,
) -> Option<&'s Service<'a>> {
    let mut labels = host.trim_end_matches('.').split('.');
    let name = labels.next()?;
    match labels.next() {
        None => services.get(workload.namespace, name),
        Some(namespace) if labels.next().is_none_or(|label| label == "svc") => {
            is_known(namespace).then(|| services.get(namespace, name)).flatten()
        }
        Some(_) => None,
    }
}

/// Settings that tell a process its own name or where to listen.
fn is_own_address(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let words: Vec<&str> = key.split('_').collect();
    key == "hostname"
        || ["listen", "bind", "node", "pod", "public", "external", "advertise", "virtual"]
            .iter()
            .any(|word| words.contains(word))
}

/// Settings whose value looks like a host with a port, `postgres:16`, and is none.
fn names_an_image(key: &str) -> bool {
    key.to_ascii_lowercase().contains("image")
}

/// Settings whose value is a server to talk to.
fn names_a_server(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let last = key.rsplit('_').next().unwrap_or_default();
    matches!(last, "host" | "addr" | "address" | "server" | "endpoint" | "hosts" | "servers")
        // `HOST` alone is more often where to listen than whom to call.
        && last.len() < key.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::with_network;

    fn names(container: &str) -> Vec<(String, NameKind)> {
        let text = format!(
            "\
{{apiVersion: v1, kind: Pod, metadata: {{name: web, labels: {{app: web}}}}, spec: {{containers: [{{name: a, image: a, {container}}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: db}}, spec: {{selector: {{app: db}}, ports: [{{port: 80}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: api, namespace: shop}}, spec: {{selector: {{app: db}}, ports: [{{port: 80}}]}}}}
"
        );
        with_network(&text, |network| {
            let names = network.told_names(&network.workloads.all[0]).own().iter();
            names.map(|name| (name.name.to_owned(), name.kind)).collect()
        })
    }

    #[test]
    fn names_are_told_from_other_words() {
        use NameKind::{Cluster, External, Server};
        let table: [(&str, &[(&str, NameKind)]); 20] = [
            ("args: [ping, db]", &[("db", Cluster)]),
            ("args: [web]", &[]),
            ("args: ['http://web/']", &[("web", Cluster)]),
            (
                "command: [sh, -c, 'until wget -qO- http://api.shop:80/x; do sleep 1; done']",
                &[("api.shop", Cluster)],
            ),
            ("args: ['--server=db:5432']", &[("db", Cluster)]),
            ("args: ['--server', 'redis:6379']", &[("redis", Server)]),
            ("args: ['busybox:1.36', '12:30', ':8080', '0.0.0.0:80', '/etc/hosts', 'a=b']", &[]),
            ("env: [{name: DB_HOST, value: db.eu.example.com}]", &[("db.eu.example.com", Server)]),
            ("env: [{name: CACHE_ADDR, value: cache}]", &[("cache", Server)]),
            ("env: [{name: HOST, value: cache}]", &[]),
            ("env: [{name: HOST, value: 0.0.0.0}]", &[]),
            ("env: [{name: LISTEN_ADDR, value: 'cache:80'}]", &[]),
            ("env: [{name: PUBLIC_URL, value: 'https://shop.example.com'}]", &[]),
            (
                "env: [{name: URL, value: 'https://shop.example.com/a'}]",
                &[("shop.example.com", External)],
            ),
            ("env: [{name: URL, value: 'redis://u:p@cache:6379/0'}]", &[("cache", Server)]),
            ("env: [{name: URL, value: 'http://$(HOST):80'}]", &[]),
            ("env: [{name: MODE, value: production}]", &[]),
            ("env: [{name: SIDECAR_IMAGE, value: 'db:16'}]", &[]),
            (
                "env: [{name: X, value: queue.prod.svc.cluster.local}]",
                &[("queue.prod.svc.cluster.local", Cluster)],
            ),
            (
                "env: [{name: X, value: 'http://localhost:80,http://127.0.0.1,http://10.0.0.1'}]",
                &[],
            ),
        ];
        for (container, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect();
            assert_eq!(names(container), expected, "{container}");
        }
    }
}
