//! The chart of CoreDNS: the address of its Service, the Deployment that it makes, as far as rules
//! look at it, and the Corefile that it makes of `servers`.
//!
//! <https://github.com/coredns/helm/blob/master/charts/coredns/values.yaml>; the Corefile is that
//! of `templates/configmap.yaml` there. Everything else of the chart is left out.

use super::Values;
use crate::ingest::cilium::{is_off, is_on};
use crate::ingest::corefile::{CorefilePart, CorefileText};
use crate::ingest::kubernetes::{Container, PodSpec, Probe, ProbeTarget, Resources, Workload};
use crate::ingest::{IntOrString, NameMap};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::decode::{Field, decode};
use crate::syntax::{Node, Piece, Text};

#[derive(Debug)]
pub struct CoreDnsValues {
    /// Absent: whatever the API server gives it.
    pub cluster_ip: Field<String>,
    pub cluster_ips: Field<Vec<Spanned<String>>>,
    /// Whether it is the DNS of the cluster; absent: it is.
    pub is_cluster_service: Field<String>,
    /// What the chart makes of `servers`.
    pub corefile: Option<CorefileText>,
    /// The Deployment; what the values leave out is the chart's default where nothing else has a
    /// say, and otherwise unknown. `None` when it is switched off.
    pub workload: Option<Box<Workload>>,
    /// Whether one of its autoscalers is switched on.
    pub has_autoscaler: bool,
    pub has_disruption_budget: bool,
}

impl CoreDnsValues {
    /// `complete`: whether what is left out is as the chart has it. `place` is where all of the
    /// values are told to stand.
    pub(super) fn of_values(
        file: FileId,
        values: &Values<'_>,
        place: Span,
        complete: bool,
    ) -> CoreDnsValues {
        let is_deployed = !is_off(&values.text(&["deployment", "enabled"]));
        let autoscalers = [["autoscaler", "enabled"], ["hpa", "enabled"]];
        let may_scale = autoscalers.iter().any(|path| {
            let field = values.text(path);
            is_on(&field) || field.is_unknown()
        });
        CoreDnsValues {
            cluster_ip: values.text(&["service", "clusterIP"]),
            cluster_ips: values.texts(&["service", "clusterIPs"]),
            is_cluster_service: values.text(&["isClusterService"]),
            corefile: corefile(file, values),
            workload: is_deployed.then(|| Box::new(workload(values, place, complete))),
            has_autoscaler: may_scale || values.node(&["autoscaling"]).is_some_and(has_entries),
            has_disruption_budget: values.node(&["podDisruptionBudget"]).is_some_and(has_entries),
        }
    }
}

fn has_entries(node: Node<'_>) -> bool {
    node.entries().next().is_some() || node.is_templated()
}

/// What the chart asks for and lets CoreDNS have, and the number of its pods.
const DEFAULTS: [(&str, &str); 2] = [("cpu", "100m"), ("memory", "128Mi")];
const DEFAULT_REPLICAS: i64 = 1;

fn workload(values: &Values<'_>, place: Span, complete: bool) -> Workload {
    let replicas = match values.text(&["replicaCount"]) {
        Field::Known(text) => match text.trim().parse() {
            Ok(count) => Field::Known(Spanned::new(count, text.span)),
            Err(_) => Field::Unknown(text.span),
        },
        Field::Absent if complete => Field::Known(Spanned::new(DEFAULT_REPLICAS, place)),
        _ => Field::Unknown(place),
    };
    let resources = Field::Known(Spanned::new(resources(values, place, complete), place));
    let probe = |name: &str, path: &str, port: i64| {
        let is_off = is_off(&values.text(&[name, "enabled"]));
        // Where it is left out it is on, as far as nobody else switches it off.
        let known = complete || is_on(&values.text(&[name, "enabled"]));
        if is_off || !known {
            return Field::Absent;
        }
        let place = values.node(&["servers"]).map_or(place, first_key);
        let target = ProbeTarget {
            port: Field::Known(Spanned::new(IntOrString::Int(port), place)),
            path: Field::Known(Spanned::new(path.to_owned(), place)),
            host: Field::Absent,
        };
        let http_get = Field::Known(Spanned::new(target, place));
        let probe = Probe { http_get, ..Probe::default() };
        Field::Known(Spanned::new(Box::new(probe), place))
    };
    let container = Container {
        name: Field::Known(Spanned::new("coredns".to_owned(), place)),
        image: image(values),
        resources,
        liveness_probe: probe("livenessProbe", "/health", 8080),
        readiness_probe: probe("readinessProbe", "/ready", 8181),
        ..Container::default()
    };
    let decoded = |path: &str| values.node(&[path]).filter(|node| !is_empty(*node));
    let pod = PodSpec {
        dns_policy: Field::Known(Spanned::new("Default".to_owned(), place)),
        containers: Field::Known(Spanned::new(
            vec![Field::Known(Spanned::new(container, place))],
            place,
        )),
        priority_class_name: match values.text(&["priorityClassName"]) {
            Field::Absent if !complete => Field::Unknown(place),
            name => name,
        },
        affinity: match decoded("affinity") {
            Some(node) => decode(node).0.map_or(Field::Unknown(place), |affinity| {
                Field::Known(Spanned::new(affinity, node.span()))
            }),
            None if complete => Field::Absent,
            None => Field::Unknown(place),
        },
        topology_spread_constraints: match decoded("topologySpreadConstraints") {
            Some(node) => Field::Unknown(node.span()),
            None => Field::Absent,
        },
        ..PodSpec::default()
    };
    Workload::of_pod(replicas, pod, place)
}

/// Helm merges what is written into what the chart has, so that what is left out stays.
fn resources(values: &Values<'_>, place: Span, complete: bool) -> Resources {
    let written = values.node(&["resources"]).and_then(|node| decode::<Resources>(node).0);
    let mut resources = written.unwrap_or_default();
    for amounts in [&mut resources.requests, &mut resources.limits] {
        let own = amounts.value().into_iter().flatten();
        let own = own.map(|(name, amount)| (name.clone(), amount.clone()));
        let defaults = DEFAULTS.iter().map(|(name, amount)| {
            let amount = match complete {
                true => Field::Known(Spanned::new((*amount).to_owned(), place)),
                false => Field::Unknown(place),
            };
            ((*name).to_owned(), amount)
        });
        // Of a name that comes twice, the last one counts.
        let merged = NameMap::from_iter(defaults.chain(own));
        if !amounts.is_unknown() {
            *amounts = Field::Known(Spanned::new(merged, place));
        }
    }
    resources
}

fn is_empty(node: Node<'_>) -> bool {
    !node.is_templated() && node.entries().next().is_none() && node.items().next().is_none()
}

/// The image in one word, at the place of its tag; the chart fills in what is left out.
fn image(values: &Values<'_>) -> Field<String> {
    let tag = values.text(&["image", "tag"]);
    let repository = values.text(&["image", "repository"]);
    let name = match &repository {
        Field::Absent => "coredns/coredns",
        Field::Known(name) => name.as_str(),
        Field::Unknown(span) => return Field::Unknown(*span),
    };
    match tag {
        Field::Known(tag) => Field::Known(Spanned::new(format!("{name}:{}", tag.value), tag.span)),
        Field::Unknown(span) => Field::Unknown(span),
        Field::Absent => Field::Absent,
    }
}

/// The Corefile of `servers`, with each word at its place in the values.
fn corefile(file: FileId, values: &Values<'_>) -> Option<CorefileText> {
    let servers = values.node(&["servers"]).filter(|servers| servers.is_sequence())?;
    let mut pieces = Vec::new();
    let extra = values.node(&["extraConfig"]);
    for (name, config) in extra.into_iter().flat_map(Node::entries) {
        scalar(name, &mut pieces)?;
        if let Some(parameters) = config.get("parameters") {
            pieces.push(Piece::Glue(" "));
            scalar(parameters, &mut pieces)?;
        }
        pieces.push(Piece::Glue("\n"));
    }
    for server in servers.items() {
        server_block(server, &mut pieces)?;
    }
    let text = Text::joined(file, &pieces);
    let key = Spanned::new("servers".to_owned(), first_key(servers));
    Some(CorefileText::read(&text, Some(key), CorefilePart::Whole))
}

/// `None` for what is no server, or is a template.
fn server_block<'t>(server: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> Option<()> {
    let mut zones = server.get("zones").into_iter().flat_map(Node::items).peekable();
    if zones.peek().is_none() {
        pieces.push(Piece::Glue("."));
    }
    for (index, zone) in zones.enumerate() {
        if index > 0 {
            pieces.push(Piece::Glue(" "));
        }
        if let Some(scheme) = written(zone, "scheme") {
            scalar(scheme, pieces)?;
        }
        match written(zone, "zone") {
            Some(name) => scalar(name, pieces)?,
            None => pieces.push(Piece::Glue(".")),
        }
    }
    if let Some(port) = written(server, "port") {
        pieces.push(Piece::Glue(":"));
        scalar(port, pieces)?;
    }
    pieces.push(Piece::Glue(" {\n"));
    for plugin in server.get("plugins").into_iter().flat_map(Node::items) {
        scalar(plugin.get("name")?, pieces)?;
        if let Some(parameters) = written(plugin, "parameters") {
            pieces.push(Piece::Glue(" "));
            scalar(parameters, pieces)?;
        }
        if let Some(block) = written(plugin, "configBlock") {
            pieces.push(Piece::Glue(" {\n"));
            scalar(block, pieces)?;
            pieces.push(Piece::Glue("\n}"));
        }
        pieces.push(Piece::Glue("\n"));
    }
    pieces.push(Piece::Glue("}\n"));
    Some(())
}

/// A field that is there and not empty.
fn written<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    node.get(key).filter(|value| !value.is_null() && value.str() != Some(""))
}

fn scalar<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> Option<()> {
    if node.is_templated() {
        return None;
    }
    pieces.push(Piece::Text(node.inner_text()?));
    Some(())
}

/// Where a list or a map starts: at its first word.
fn first_key(node: Node<'_>) -> Span {
    let first = node.items().next().unwrap_or(node);
    first.entries().next().map_or(first.span(), |(key, _)| key.span())
}
