//! The model as rules see it. `docs/custom-rules.md` lists the fields; what the files do not tell
//! is absent, and what a template fills in is unknown.

use serde_json::Value;

use super::located::{Content, Located};
use crate::config::custom::MODEL;
use crate::ingest::{IntOrString, Map as FieldMap};
use crate::model::addresses::{AddressRange, IpRange, Known};
use crate::model::labels::Answer;
use crate::model::policies::Direction;
use crate::model::workloads::{Container, Workload};
use crate::model::{Field, Network, Object};
use crate::source::{FileId, Span};

/// The parts of the model that are wanted, as one map.
pub fn of(network: &Network<'_>, wanted: &[String]) -> Located {
    let nowhere = Span::new(FileId::new(0), 0..0);
    let mut parts = Map::new(nowhere);
    for name in MODEL.into_iter().filter(|name| wanted.iter().any(|wanted| wanted == name)) {
        let items = match name {
            "ranges" => network.addresses.ranges.iter().map(range).collect(),
            "workloads" => workloads(network),
            "services" => services(network),
            "policies" => policies(network),
            _ => versions(network),
        };
        parts.add(name, Located { span: nowhere, content: Content::List(items) });
    }
    parts.done()
}

/// A map whose entries have the place of the whole unless they bring their own.
struct Map {
    span: Span,
    entries: Vec<(String, Span, Located)>,
}

impl Map {
    fn new(span: Span) -> Map {
        Map { span, entries: Vec::new() }
    }

    fn add(&mut self, name: &str, value: Located) {
        self.entries.push((name.to_owned(), value.span, value));
    }

    fn value(&mut self, name: &str, value: impl Into<Value>) {
        let content = Content::Scalar(value.into());
        self.add(name, Located { span: self.span, content });
    }

    /// A text that may be missing.
    fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.value(name, text);
        }
    }

    fn field<T: Clone + Into<Value>>(&mut self, name: &str, field: &Field<T>) {
        match field {
            Field::Absent => {}
            Field::Known(value) => {
                let content = Content::Scalar(value.value.clone().into());
                self.add(name, Located { span: value.span, content });
            }
            Field::Unknown(span) => {
                self.add(name, Located { span: *span, content: Content::Unknown });
            }
        }
    }

    /// Kind, name and namespace of an object, and its file.
    fn object(&mut self, object: Object<'_>) {
        self.value("id", object.resource.identity());
        self.value("kind", object.kind());
        self.field("name", &object.resource.metadata.name);
        self.text("namespace", object.namespace_name());
        self.value("path", object.path);
    }

    fn done(self) -> Located {
        Located { span: self.span, content: Content::Map(self.entries) }
    }
}

fn list(span: Span, items: impl Iterator<Item = Located>) -> Located {
    Located { span, content: Content::List(items.collect()) }
}

fn texts(span: Span, items: impl Iterator<Item = String>) -> Located {
    list(span, items.map(|text| Located { span, content: Content::Scalar(Value::String(text)) }))
}

fn range(range: &AddressRange<'_>) -> Located {
    let mut map = Map::new(range.span);
    map.text("cidr", cidr(range.range).as_deref());
    map.value("first", range.range.first().to_string());
    map.value("last", range.range.last().to_string());
    map.value("role", range.role().as_str());
    map.value(
        "known",
        match range.known {
            Known::Written => "written",
            Known::Default => "default",
            Known::Assumed => "assumed",
        },
    );
    map.text("field", Some(range.source.field()).filter(|field| !field.is_empty()));
    map.text("name", range.name.filter(|name| !name.is_empty()));
    if let Some(object) = range.object {
        map.value("object", object.resource.identity());
        map.value("path", object.path);
    }
    map.done()
}

/// `None` for what is no CIDR, such as a pool from one address to another.
fn cidr(range: IpRange) -> Option<String> {
    Some(format!("{}/{}", range.first(), range.prefix()?))
}

fn workloads(network: &Network<'_>) -> Vec<Located> {
    let written = network.workloads.all.iter().filter(|it| !it.object.is_chart_default());
    written.map(workload).collect()
}

fn workload(workload: &Workload<'_>) -> Located {
    let span = workload.object.resource.name_span();
    let mut map = Map::new(span);
    map.object(workload.object);
    if !workload.patches.is_empty() {
        // What a piece elsewhere makes of it is not worked out.
        for name in ["labels", "replicas", "hostNetwork", "containers", "initContainers"] {
            map.add(name, Located { span, content: Content::Unknown });
        }
        return map.done();
    }
    map.add("labels", labels(span, &workload.spec.pod_metadata.labels));
    map.field("replicas", &workload.spec.replicas);
    match workload.host_network {
        Answer::Unknown => map.add("hostNetwork", Located { span, content: Content::Unknown }),
        answer => {
            let place = workload.spec.pod.host_network.span().unwrap_or(span);
            let content = Content::Scalar(Value::Bool(answer == Answer::Yes));
            map.add("hostNetwork", Located { span: place, content });
        }
    }
    let pod = &workload.spec.pod;
    for (name, containers) in
        [("containers", &pod.containers), ("initContainers", &pod.init_containers)]
    {
        let items = containers.items().iter().map(|container| match container {
            Field::Known(known) => self::container(&known.value, known.span),
            other => {
                let span = other.span().unwrap_or(span);
                Located { span, content: Content::Unknown }
            }
        });
        let content = match containers.is_unknown() {
            true => Content::Unknown,
            false => Content::List(items.collect()),
        };
        map.add(name, Located { span, content });
    }
    map.done()
}

fn container(container: &Container, span: Span) -> Located {
    let mut map = Map::new(container.name.span().unwrap_or(span));
    map.field("name", &container.name);
    map.field("image", &container.image);
    let ports = container.ports.items().iter().filter_map(Field::known).map(|port| {
        let place = port.value.container_port.span().unwrap_or(port.span);
        let mut map = Map::new(place);
        map.field("name", &port.value.name);
        map.field("containerPort", &port.value.container_port);
        map.field("hostPort", &port.value.host_port);
        match port.value.protocol.is_absent() {
            true => map.value("protocol", "TCP"),
            false => map.field("protocol", &port.value.protocol),
        }
        map.done()
    });
    let content = match container.ports.is_unknown() {
        true => Content::Unknown,
        false => Content::List(ports.collect()),
    };
    let place = map.span;
    map.add("ports", Located { span: place, content });
    map.done()
}

fn labels(span: Span, labels: &FieldMap<String>) -> Located {
    let Some(known) = labels.value() else {
        let content = match labels.is_unknown() {
            true => Content::Unknown,
            false => Content::Map(Vec::new()),
        };
        return Located { span, content };
    };
    let mut map = Map::new(labels.span().unwrap_or(span));
    for (name, value) in known.iter() {
        map.field(name, value);
    }
    map.done()
}

/// The workloads of classes that are surely selected; unknown if some may be.
fn selected(network: &Network<'_>, span: Span, classes: &[(usize, Answer)]) -> Located {
    if classes.iter().any(|(_, answer)| *answer == Answer::Unknown) {
        return Located { span, content: Content::Unknown };
    }
    let members = classes.iter().flat_map(|(class, _)| network.workloads.members(*class));
    let written = members.filter(|workload| !workload.object.is_chart_default());
    texts(span, written.map(|workload| workload.object.resource.identity()))
}

fn services(network: &Network<'_>) -> Vec<Located> {
    let written = network.services.all.iter().filter(|it| !it.object.is_chart_default());
    let service = |service: &crate::model::services::Service<'_>| {
        let span = service.object.resource.name_span();
        let mut map = Map::new(span);
        map.object(service.object);
        if service.is_patched {
            for name in ["type", "clusterIP", "externalName", "selector", "ports", "selects"] {
                map.add(name, Located { span, content: Content::Unknown });
            }
            return map.done();
        }
        match service.spec.kind.is_absent() {
            true => map.value("type", "ClusterIP"),
            false => map.field("type", &service.spec.kind),
        }
        map.field("clusterIP", &service.spec.cluster_ip);
        map.field("externalName", &service.spec.external_name);
        map.add("selector", labels(span, &service.spec.selector));
        let ports = service.spec.ports.items().iter().filter_map(Field::known).map(|port| {
            let place = port.value.port.span().unwrap_or(port.span);
            let mut map = Map::new(place);
            map.field("name", &port.value.name);
            map.field("port", &port.value.port);
            map.field("nodePort", &port.value.node_port);
            target_port(&mut map, &port.value.target_port);
            match port.value.protocol.is_absent() {
                true => map.value("protocol", "TCP"),
                false => map.field("protocol", &port.value.protocol),
            }
            map.done()
        });
        let content = match service.spec.ports.is_unknown() {
            true => Content::Unknown,
            false => Content::List(ports.collect()),
        };
        map.add("ports", Located { span, content });
        map.add("selects", selected(network, span, &service.selected));
        map.done()
    };
    written.map(service).collect()
}

fn target_port(map: &mut Map, port: &Field<IntOrString>) {
    match port {
        Field::Known(known) => {
            let value = match &known.value {
                IntOrString::Int(number) => Value::from(*number),
                IntOrString::Str(name) => Value::from(name.as_str()),
            };
            let content = Content::Scalar(value);
            map.add("targetPort", Located { span: known.span, content });
        }
        Field::Unknown(span) => {
            map.add("targetPort", Located { span: *span, content: Content::Unknown });
        }
        Field::Absent => {}
    }
}

fn policies(network: &Network<'_>) -> Vec<Located> {
    let own = network.policies.all.iter().map(|policy| {
        let span = policy.object.resource.name_span();
        let mut map = Map::new(span);
        map.object(policy.object);
        let directions = [Direction::Ingress, Direction::Egress];
        let answers = directions.map(|direction| (direction, policy.rules(direction).isolates));
        let isolates = match answers.iter().any(|(_, answer)| *answer == Answer::Unknown) {
            true => Located { span, content: Content::Unknown },
            false => {
                let yes = answers.into_iter().filter(|(_, answer)| *answer == Answer::Yes);
                texts(span, yes.map(|(direction, _)| direction.name().to_owned()))
            }
        };
        map.add("isolates", isolates);
        map.add("selects", selected(network, span, &policy.classes(&network.workloads)));
        map.done()
    });
    let others = network.policies.others.iter().map(|object| {
        let span = object.resource.name_span();
        let mut map = Map::new(span);
        map.object(*object);
        // Whom they select is for whoever knows their plugin.
        map.add("isolates", Located { span, content: Content::Unknown });
        map.add("selects", Located { span, content: Content::Unknown });
        map.done()
    });
    own.chain(others).collect()
}

fn versions(network: &Network<'_>) -> Vec<Located> {
    let versions = &network.versions;
    let mut all = Vec::new();
    for known in versions.kubernetes.iter().chain(&versions.kubeadm).chain(&versions.upgrades) {
        let mut map = Map::new(known.span);
        map.value("component", known.component.name());
        map.value("version", known.version.to_string());
        if let Some(object) = known.object() {
            map.value("object", object.resource.identity());
            map.value("path", object.path);
        }
        all.push(map.done());
    }
    for software in &versions.software {
        let mut map = Map::new(software.span);
        map.value("component", software.component.name());
        map.value("version", software.version.as_str());
        map.value("object", software.object.resource.identity());
        map.value("path", software.object.path);
        all.push(map.done());
    }
    all
}
