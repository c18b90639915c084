//! Services that services are told to talk to: in variables, in commands, in health checks, by
//! links and by dependencies.
//!
//! A name in code, or in a file that a service mounts, is not seen. Only names of services in view
//! are looked for, so that a word that happens to look like a host is none.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{How, Project, Service, Told};
use crate::source::Span;

/// A service that names another one.
#[derive(Clone, Debug)]
pub struct Call<'p> {
    /// The name that it uses.
    pub name: String,
    pub target: &'p Service,
    pub span: Span,
    pub kind: CallKind,
    /// The variable that holds the name, where that stands in a file that `env_file` names.
    pub variable: Option<&'p str>,
}

/// In what form a service is named, the surest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKind {
    /// It has to be there first; whether it is talked to is not said.
    Dependency,
    /// A host with a port, or a URL, in a command.
    Words,
    /// A variable such as `DB_HOST`, or a host with a port.
    Server,
    Url,
    Link,
}

/// The other services that one names, in the order of what it says; each name once in a form.
pub fn calls<'p>(project: &'p Project, names: &Names<'p>, service: &'p Service) -> Vec<Call<'p>> {
    let mut found = Vec::new();
    // Traefik 1 writes the flags that follow into a store, for others.
    let stores = |told: &Told| told.how == How::Command && told.text.value == "storeconfig";
    let is_relay = service.told.iter().any(stores);
    for told in service.told.iter().filter(|told| !(is_relay && told.how == How::Command)) {
        let finder = Finder { names, service, told };
        match &told.how {
            How::Variable(name) => finder.in_variable(name, &mut found),
            How::HealthCheck => finder.in_words(&mut found),
            How::Command => {
                let before = found.len();
                finder.in_words(&mut found);
                // Some commands only pass on what they are told.
                found[before..].iter_mut().for_each(|call| call.kind = CallKind::Words);
            }
        }
    }
    for link in &service.links {
        if let Some(target) = project.service(&link.service.value) {
            let name = link.service.value.clone();
            let (span, kind) = (link.service.span, CallKind::Link);
            found.push(Call { name, target, span, kind, variable: None });
        }
    }
    for dependency in &service.depends_on {
        if let Some(target) = project.service(&dependency.service.value) {
            let name = dependency.service.value.clone();
            let (span, kind) = (dependency.service.span, CallKind::Dependency);
            found.push(Call { name, target, span, kind, variable: None });
        }
    }
    let is_other = |call: &Call<'_>| call.target.name.value != service.name.value;
    found.retain(is_other);
    let mut known: FxHashSet<(String, CallKind)> = FxHashSet::default();
    found.retain(|call| known.insert((call.name.clone(), call.kind)));
    found
}

/// Whom the names of a project stand for: names of services and containers, aliases, and host
/// names, which the engine registers, too (moby, `buildEndpointDNSNames` in
/// `daemon/container_operations.go`).
pub struct Names<'p> {
    by_name: FxHashMap<&'p str, Vec<&'p Service>>,
}

impl<'p> Names<'p> {
    pub fn new(project: &'p Project) -> Names<'p> {
        let mut by_name: FxHashMap<&'p str, Vec<&'p Service>> = FxHashMap::default();
        for service in &project.services {
            by_name.entry(&service.name.value).or_default().push(service);
        }
        for service in &project.services {
            let aliases = service.memberships.iter().flat_map(|it| &it.aliases);
            let others = aliases.map(|alias| alias.value.as_str());
            let others = others.chain(service.container_name.value().map(String::as_str));
            for name in others.chain(service.hostname.value().map(String::as_str)) {
                let known = by_name.entry(name).or_default();
                if known.iter().all(|it| !std::ptr::eq(*it, service)) {
                    known.push(service);
                }
            }
        }
        Names { by_name }
    }

    /// Every service that a name may stand for, on one network or another.
    pub fn get(&self, name: &str) -> &[&'p Service] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

struct Finder<'f, 'p> {
    names: &'f Names<'p>,
    service: &'p Service,
    told: &'p Told,
}

impl<'p> Finder<'_, 'p> {
    fn in_variable(&self, variable: &'p str, found: &mut Vec<Call<'p>>) {
        if is_own_address(variable) {
            return;
        }
        let text = &self.told.text.value;
        let is_server = names_a_server(variable);
        for (start, part) in parts(text, |c| matches!(c, ',' | ';' | ' ' | '\n' | '\t' | '|')) {
            let before = found.len();
            self.urls(part, start, Some(variable), found);
            if found.len() > before || part.contains("://") {
                continue;
            }
            let host = part.split(['/', '?']).next().unwrap_or_default();
            let (host, has_port) = match host.rsplit_once(':') {
                Some((host, port)) => (host, is_port(port)),
                None => (host, false),
            };
            if (has_port && !names_an_image(variable)) || (is_server && host.len() == part.len()) {
                self.host(host, start, CallKind::Server, Some(variable), found);
            }
        }
    }

    /// Words of a command line, such as `curl http://web` in a script.
    fn in_words(&self, found: &mut Vec<Call<'p>>) {
        let text = &self.told.text.value;
        let separates = |c: char| c.is_whitespace() || "\"'`();|&<>,=".contains(c);
        // There, `redis:7` is an image and `www:33` an owner.
        let is_other = ["docker", "chown", "podman"].iter().any(|word| text.contains(word));
        for (start, word) in parts(text, separates).take(1000) {
            let before = found.len();
            self.urls(word, start, None, found);
            if found.len() > before || is_other || word.contains("://") {
                continue;
            }
            let word = word.split('/').next().unwrap_or_default();
            if let Some((host, port)) = word.rsplit_once(':')
                && is_port(port)
            {
                self.host(host, start, CallKind::Words, None, found);
            }
        }
    }

    /// The hosts of URLs: `mongodb://user@a:27017,b:27017/x` has two, of which the text has been
    /// cut before the second.
    fn urls(&self, text: &str, start: usize, variable: Option<&'p str>, found: &mut Vec<Call<'p>>) {
        for (at, _) in text.match_indices("://") {
            let scheme = text[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '+'));
            let scheme = scheme.into_iter().next().unwrap_or_default();
            // A file, and what a program listens on.
            if scheme.is_empty() || matches!(scheme, "file" | "unix" | "fd") {
                continue;
            }
            let from = at + 3;
            let authority = text[from..].split(['/', '?', '#', '"', '\'', '}', ')']).next();
            let authority = authority.unwrap_or_default();
            let user = authority.rfind('@').map_or(0, |at| at + 1);
            // JDBC and MySQL's drivers for Go: `tcp(db:3306)`.
            let host = authority[user..].split([':', ',', '\\']).next().unwrap_or_default();
            self.host(host, start + from + user, CallKind::Url, variable, found);
        }
        // `user:password@tcp(db:3306)/shop`
        if let Some(at) = text.find("@tcp(") {
            let from = at + 5;
            let host = text[from..].split([':', ')']).next().unwrap_or_default();
            self.host(host, start + from, CallKind::Url, variable, found);
        }
    }

    fn host(
        &self,
        host: &str,
        start: usize,
        kind: CallKind,
        variable: Option<&'p str>,
        found: &mut Vec<Call<'p>>,
    ) {
        let Some(target) = self.names.get(host).first() else { return };
        // Its own name, and names that it has in its own files.
        let own = |service: &&&Service| std::ptr::eq(**service, self.service);
        if self.names.get(host).iter().any(|service| own(&service))
            || self.service.extra_hosts.iter().any(|name| name == host)
            || self.service.external_links.iter().any(|name| name == host)
        {
            return;
        }
        let text = &self.told.text;
        let span = match self.told.is_written {
            true => text.part(start..start + host.len()),
            false => text.span,
        };
        let variable = variable.filter(|_| self.told.in_file);
        found.push(Call { name: host.to_owned(), target, span, kind, variable });
    }
}

/// The parts of a text between separators, with where they start.
fn parts(text: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    let parts = text.split(separates).filter(|part| !part.is_empty());
    parts.map(move |part| (part.as_ptr() as usize - base, part))
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Variables that tell a program its own address, what browsers are to use, or whom to let in.
fn is_own_address(variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    let words = [
        "advertise",
        "advertised",
        "allow",
        "allowed",
        "audience",
        "bind",
        "callback",
        "cors",
        "csrf",
        "domain",
        "external",
        "hostname",
        "issuer",
        "listen",
        "listener",
        "listeners",
        "next",
        "node",
        "nuxt",
        "origin",
        "origins",
        "proxy",
        "public",
        "react",
        "redirect",
        "self",
        "site",
        "trusted",
        "virtual",
        "vite",
        "vue",
    ];
    variable.split(['_', '.', '-']).any(|word| words.contains(&word))
        && !variable.ends_with("_hostname")
}

fn names_an_image(variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    ["image", "tag", "version", "user", "auth", "password"].iter().any(|it| variable.contains(it))
}

/// Variables whose value is a server to talk to.
fn names_a_server(variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    let last = variable.rsplit(['_', '.', '-']).next().unwrap_or_default();
    let servers = [
        "host",
        "hosts",
        "hostname",
        "addr",
        "address",
        "server",
        "servers",
        "endpoint",
        "endpoints",
        "upstream",
        "broker",
        "brokers",
    ];
    // `HOST` alone is more often where to listen than whom to call.
    (servers.contains(&last) && last.len() < variable.len())
        || ["dbhost", "pghost", "mysqlhost", "redishost"].contains(&variable.as_str())
}
