//! The services of a project.

use super::network::Membership;
use super::ports::{self, Port};
use super::value::{known_texts, number, setting, texts};
use crate::ingest::compose::{Content, Layout, Tag, Value};
use crate::model::Field;
use crate::source::{Span, Spanned};

/// A service, with what it extends and what override files say.
#[derive(Clone, Debug)]
pub struct Service {
    pub name: Spanned<String>,
    /// A part of it is not in view, so it may say more than is known here.
    pub is_open: bool,
    pub network_mode: Field<NetworkMode>,
    /// The networks that it is on, `default` where it names none; empty with a network mode.
    pub memberships: Vec<Membership>,
    /// The key `networks`, its value's place and how that is written; absent without it.
    pub networks_key: Option<Key>,
    /// What it is on cannot be told.
    pub has_unknown_networks: bool,
    /// The key `ports`, whose value may be an empty list.
    pub ports_key: Option<Key>,
    pub ports: Vec<Port>,
    pub container_name: Field<String>,
    pub hostname: Field<String>,
    pub image: Field<String>,
    pub build: Field<String>,
    pub depends_on: Vec<Dependency>,
    pub links: Vec<Link>,
    /// The names by which it knows containers of others.
    pub external_links: Vec<String>,
    /// Names in its hosts file.
    pub extra_hosts: Vec<String>,
    pub dns: Vec<Field<String>>,
    /// What it is told: variables, in files too, and words of commands and of the health check.
    pub told: Vec<Told>,
    pub expose: Vec<Field<String>>,
    /// `None` when they cannot be known.
    pub profiles: Option<Vec<String>>,
    pub scale: Field<u64>,
    pub replicas: Field<u64>,
    pub deploy: Deploy,
    /// Another program runs it, which is no container.
    pub has_provider: bool,
    /// All of it, and how it is written.
    pub span: Span,
    pub layout: Layout,
    /// Where another key may follow: after its last value, when that ends on a line of its own.
    pub end: Option<Span>,
}

/// A key, and the place of its value.
#[derive(Clone, Debug)]
pub struct Key {
    pub span: Span,
    pub value: Span,
    pub layout: Layout,
    /// Where its first item or key stands.
    pub first: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    /// The engine's own bridge.
    Bridge,
    Host,
    None,
    /// The network of another service.
    Service(String),
    Container(String),
    /// A network by the name that the engine knows.
    Network(String),
}

/// Another service that has to be there first.
#[derive(Clone, Debug)]
pub struct Dependency {
    pub service: Spanned<String>,
    pub is_required: bool,
}

/// `SERVICE:ALIAS`
#[derive(Clone, Debug)]
pub struct Link {
    pub service: Spanned<String>,
    pub alias: Option<String>,
}

/// A text that a service is told.
#[derive(Clone, Debug)]
pub struct Told {
    pub how: How,
    pub text: Spanned<String>,
    /// The text is that of the file, so that parts of it have places.
    pub is_written: bool,
    /// It stands in a file that `env_file` names; the place is where that is named.
    pub in_file: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The name of the variable.
    Variable(String),
    Command,
    HealthCheck,
}

/// What only a swarm reads, or reads differently.
#[derive(Clone, Debug, Default)]
pub struct Deploy {
    pub is_written: bool,
    pub mode: Field<String>,
    pub endpoint_mode: Field<String>,
    /// It has keys that nothing but a swarm goes by: `placement`, `update_config` and the like.
    pub is_for_swarm: bool,
}

impl Service {
    pub(super) fn read(name: &Spanned<String>, value: &Value, is_open: bool) -> Service {
        let network_mode = match setting(value.get("network_mode")) {
            Field::Absent => Field::Absent,
            Field::Unknown(span) => Field::Unknown(span),
            Field::Known(text) => match network_mode(&text.value) {
                Some(mode) => Field::Known(Spanned::new(mode, text.span)),
                None => Field::Absent,
            },
        };
        let networks = value.get("networks");
        let has_provider = value.get("provider").is_some();
        let mut memberships: Vec<Membership> = networks
            .map_or(&[][..], Value::entries)
            .iter()
            .map(|(key, value)| Membership::read(key, value))
            .collect();
        let has_unknown_networks =
            networks.is_some_and(|it| matches!(it.content, Content::Template | Content::Scalar(_)));
        if memberships.is_empty()
            && !has_unknown_networks
            && network_mode.is_absent()
            && !has_provider
        {
            memberships.push(Membership::implicit(name.span));
        }
        let count = |keys: &[&str]| match setting(value.at(keys)) {
            Field::Absent => Field::Absent,
            Field::Unknown(span) => Field::Unknown(span),
            Field::Known(text) => match number(&text.value) {
                Some(count) => Field::Known(Spanned::new(count, text.span)),
                None => Field::Unknown(text.span),
            },
        };
        let profiles = texts(value.get("profiles"));
        let known = known_texts(value.get("profiles"));
        let build = value.get("build");
        let entries = |key: &str| value.get(key).map_or(&[][..], Value::entries);
        Service {
            name: name.clone(),
            is_open,
            network_mode,
            memberships,
            networks_key: key(value, "networks"),
            has_unknown_networks,
            ports_key: key(value, "ports"),
            ports: read_ports(value.get("ports")),
            container_name: setting(value.get("container_name")),
            hostname: setting(value.get("hostname")),
            image: setting(value.get("image")),
            build: match build {
                Some(build) if build.text().is_none() => match build.get("context") {
                    None => Field::Known(Spanned::new(".".to_owned(), build.span)),
                    context => setting(context),
                },
                build => setting(build),
            },
            depends_on: entries("depends_on").iter().map(dependency).collect(),
            links: known_texts(value.get("links")).into_iter().map(link).collect(),
            external_links: known_texts(value.get("external_links"))
                .iter()
                .filter_map(|link| link.value.rsplit(':').next().map(str::to_owned))
                .collect(),
            extra_hosts: entries("extra_hosts").iter().map(|(key, _)| key.value.clone()).collect(),
            dns: texts(value.get("dns")),
            told: told(value),
            expose: texts(value.get("expose")),
            profiles: (known.len() == profiles.len())
                .then(|| known.into_iter().map(|profile| profile.value).collect()),
            scale: count(&["scale"]),
            replicas: count(&["deploy", "replicas"]),
            deploy: deploy(value.get("deploy")),
            has_provider,
            span: value.span,
            layout: value.layout().clone(),
            end: end(value),
        }
    }

    /// Whether two services may run at once for certain: one without profiles always runs.
    pub fn runs_with(&self, other: &Service) -> bool {
        let (Some(own), Some(others)) = (&self.profiles, &other.profiles) else { return false };
        own.is_empty() || others.is_empty() || own.iter().any(|profile| others.contains(profile))
    }

    /// How many containers it has, where that is written: by `scale`, which counts for Compose
    /// alone, or by `deploy.replicas`.
    pub fn count(&self) -> Option<&Spanned<u64>> {
        self.scale.known().or(self.replicas.known())
    }
}

fn network_mode(text: &str) -> Option<NetworkMode> {
    if let Some(service) = text.strip_prefix("service:") {
        return Some(NetworkMode::Service(service.to_owned()));
    }
    if let Some(container) = text.strip_prefix("container:") {
        return Some(NetworkMode::Container(container.to_owned()));
    }
    match text {
        "" => None,
        "bridge" => Some(NetworkMode::Bridge),
        "host" => Some(NetworkMode::Host),
        "none" => Some(NetworkMode::None),
        name => Some(NetworkMode::Network(name.to_owned())),
    }
}

fn key(service: &Value, key: &str) -> Option<Key> {
    let (key, value) = service.entry(key)?;
    let first = match &value.content {
        Content::List(list) => list.items.first().map(|item| item.span),
        Content::Map(map) => map.entries.first().map(|(key, _)| key.span),
        _ => None,
    };
    Some(Key { span: key.span, value: value.span, layout: value.layout().clone(), first })
}

/// Of entries that say the same, the last one counts.
fn read_ports(value: Option<&Value>) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    for port in value.map_or(&[][..], Value::items).iter().filter_map(ports::read) {
        let same = |known: &Port| port.text.is_some() && known.text == port.text;
        match ports.iter().position(same) {
            Some(index) => ports[index] = port,
            None => ports.push(port),
        }
    }
    ports
}

fn dependency((service, value): &(Spanned<String>, Value)) -> Dependency {
    let required = value.get("required").and_then(Value::text);
    Dependency { service: service.clone(), is_required: required != Some("false") }
}

fn link(text: Spanned<String>) -> Link {
    match text.value.split_once(':') {
        Some((service, alias)) => Link {
            service: Spanned::new(service.to_owned(), text.part(0..service.len())),
            alias: Some(alias.to_owned()),
        },
        None => Link { service: text, alias: None },
    }
}

fn deploy(value: Option<&Value>) -> Deploy {
    let Some(value) = value else { return Deploy::default() };
    let for_swarm = ["placement", "update_config", "rollback_config", "endpoint_mode", "mode"];
    Deploy {
        is_written: true,
        mode: setting(value.get("mode")),
        endpoint_mode: setting(value.get("endpoint_mode")),
        is_for_swarm: for_swarm.iter().any(|key| value.get(key).is_some()),
    }
}

fn told(service: &Value) -> Vec<Told> {
    let mut told = Vec::new();
    for (name, value) in service.get("environment").map_or(&[][..], Value::entries) {
        told.extend(one(How::Variable(name.value.clone()), value));
    }
    for key in ["entrypoint", "command"] {
        let Some(value) = service.get(key) else { continue };
        told.extend(one(How::Command, value));
        told.extend(value.items().iter().filter_map(|item| one(How::Command, item)));
    }
    if let Some(test) = service.at(&["healthcheck", "test"]) {
        told.extend(one(How::HealthCheck, test));
        told.extend(test.items().iter().filter_map(|item| one(How::HealthCheck, item)));
    }
    told
}

fn one(how: How, value: &Value) -> Option<Told> {
    let Content::Scalar(text) = &value.content else { return None };
    let is_written = text.is_written;
    Some(Told {
        how,
        text: Spanned::new(text.text.clone(), value.span),
        is_written,
        in_file: false,
    })
}

/// The end of the last value that is written in a map, when more may be written behind it.
pub(super) fn end(value: &Value) -> Option<Span> {
    if !matches!(value.layout(), Layout::BlockMap(_)) || value.tag == Some(Tag::Override) {
        return None;
    }
    let file = value.span.file;
    let inside = value.entries().iter().filter(|(key, it)| {
        key.span.file == file && it.span.file == file && value.span.contains(key.span)
    });
    let (_, last) = inside.max_by_key(|(key, _)| key.span)?;
    let at = last_place(last)?;
    Some(Span { start: at.end, end: at.end, ..at })
}

/// The last scalar in a value; `None` for what has no end of its own.
fn last_place(value: &Value) -> Option<Span> {
    match (&value.content, value.layout()) {
        (_, Layout::FlowList | Layout::FlowMap) => Some(value.span),
        (Content::Scalar(_), _) => Some(value.span),
        (Content::List(list), Layout::BlockList(_)) => last_place(list.items.last()?),
        // A list that became a map has its items where its keys are.
        (Content::Map(map), Layout::BlockList(_)) => {
            let (key, value) = map.entries.last()?;
            Some(if value.is_null() { key.span } else { value.span })
        }
        (Content::Map(map), Layout::BlockMap(_)) => last_place(&map.entries.last()?.1),
        _ => None,
    }
}
