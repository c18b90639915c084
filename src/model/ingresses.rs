//! Ingresses: which controller they are for, and which requests they take.

use super::namespaces::is_known;
use super::object::Object;
use super::routes::{Backend, of_ingress_backend};
use crate::ingest::Body;
pub use crate::ingest::kubernetes::IngressBackend;
use crate::ingest::kubernetes::{HostRule, IngressClassSpec, IngressPath, IngressSpec, Kubernetes};
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// What took the place of the annotation is `spec.ingressClassName`; controllers read both.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
/// On an IngressClass: Ingresses without a class get this one when they are created.
pub const DEFAULT_ANNOTATION: &str = "ingressclass.kubernetes.io/is-default-class";

#[derive(Debug, Default)]
pub struct Ingresses<'a> {
    pub all: Vec<Ingress<'a>>,
    pub classes: Vec<IngressClass<'a>>,
    /// Whether a ConfigMap lets ingress-nginx take snippets of configuration.
    pub snippets_allowed: bool,
    /// What installs the chart of ingress-nginx, and where it names the chart.
    pub nginx_charts: Vec<(Object<'a>, &'a Spanned<String>)>,
}

#[derive(Debug)]
pub struct Ingress<'a> {
    pub object: Object<'a>,
    pub spec: &'a IngressSpec,
    pub class: ClassName<'a>,
    /// Of all its rules, in the order in which they are written.
    pub locations: Vec<Location<'a>>,
}

/// The class that an Ingress asks for.
#[derive(Clone, Copy, Debug)]
pub enum ClassName<'a> {
    Field(&'a Spanned<String>),
    Annotation(&'a Spanned<String>),
    Absent,
    Unknown,
}

impl<'a> ClassName<'a> {
    pub fn name(self) -> Option<&'a Spanned<String>> {
        match self {
            ClassName::Field(name) | ClassName::Annotation(name) => Some(name),
            ClassName::Absent | ClassName::Unknown => None,
        }
    }

    /// A key by which two Ingresses may be for one controller; `None` where it cannot be known.
    pub fn key(self) -> Option<&'a str> {
        match self {
            ClassName::Field(name) | ClassName::Annotation(name) => Some(&name.value),
            ClassName::Absent => Some(""),
            ClassName::Unknown => None,
        }
    }
}

/// A path of a host, and what answers there.
#[derive(Debug)]
pub struct Location<'a> {
    /// Absent: every host.
    pub host: &'a Field<String>,
    pub source: &'a IngressPath,
    pub span: Span,
    /// Where that is a Service.
    pub backend: Option<Backend<'a>>,
}

#[derive(Debug)]
pub struct IngressClass<'a> {
    pub object: Object<'a>,
    pub spec: &'a IngressClassSpec,
    /// Where it says that it is the one for Ingresses without a class.
    pub default: Option<&'a Spanned<String>>,
}

impl<'a> Ingresses<'a> {
    pub fn new(objects: &[Object<'a>]) -> Ingresses<'a> {
        let mut ingresses = Ingresses::default();
        for object in objects {
            match object.body() {
                Body::Kubernetes(Kubernetes::Ingress(spec)) => {
                    ingresses.all.push(Ingress::new(*object, spec));
                }
                Body::Kubernetes(Kubernetes::IngressClass(spec)) => {
                    let default = object.resource.metadata.annotation(DEFAULT_ANNOTATION);
                    let default = default.filter(|value| value.value == "true");
                    ingresses.classes.push(IngressClass { object: *object, spec, default });
                }
                Body::Kubernetes(Kubernetes::ConfigMap(config)) => {
                    let data = config.data.value();
                    let switch = data.and_then(|data| data.get("allow-snippet-annotations"));
                    // A template may switch it on.
                    let off = switch.is_none_or(|it| it.value().is_some_and(|it| it != "true"));
                    ingresses.snippets_allowed |= !off;
                }
                Body::Release(release) => {
                    let names = release.charts.iter().filter_map(|chart| chart.name.known());
                    let of_nginx = names.filter(|name| is_nginx_chart(&name.value));
                    ingresses.nginx_charts.extend(of_nginx.map(|name| (*object, name)));
                }
                _ => {}
            }
        }
        ingresses
    }

    /// A class in view, by name.
    pub fn class(&self, name: &str) -> Option<&IngressClass<'a>> {
        self.classes.iter().find(|class| class.object.name() == name)
    }
}

/// `ingress-nginx`, `ingress-nginx/ingress-nginx`, `oci://registry.example.com/ingress-nginx`.
fn is_nginx_chart(name: &str) -> bool {
    name.trim_end_matches('/').rsplit('/').next() == Some("ingress-nginx")
}

impl<'a> Ingress<'a> {
    fn new(object: Object<'a>, spec: &'a IngressSpec) -> Ingress<'a> {
        let rules = spec.rules.items().iter().filter_map(Field::value);
        let locations = rules.flat_map(|rule| locations(object, rule)).collect();
        Ingress { object, spec, class: class(object, spec), locations }
    }

    pub fn annotation(&self, key: &str) -> Option<&'a Spanned<String>> {
        self.object.resource.metadata.annotation(key)
    }

    /// Its annotations with a key that starts as given: the key, and the value where it is known.
    pub fn annotations(
        &self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Field<String>)> {
        let all = self.object.resource.metadata.annotations.value().into_iter().flatten();
        all.filter_map(move |(key, value)| key.starts_with(prefix).then_some((key.as_str(), value)))
    }

    /// Whether it is one that the API server refuses unless it has what v1 asks for.
    pub fn is_v1(&self) -> bool {
        self.object.resource.api_version.value == "networking.k8s.io/v1"
    }

    /// Whether files tell its namespace.
    pub fn namespace_is_known(&self) -> bool {
        is_known(self.object.namespace())
    }
}

fn class<'a>(object: Object<'a>, spec: &'a IngressSpec) -> ClassName<'a> {
    let annotations = &object.resource.metadata.annotations;
    let annotation = annotations.value().and_then(|all| all.get(CLASS_ANNOTATION));
    match (&spec.ingress_class_name, annotation) {
        (Field::Known(name), _) => ClassName::Field(name),
        (Field::Unknown(_), _) | (_, Some(Field::Unknown(_))) => ClassName::Unknown,
        (Field::Absent, Some(Field::Known(name))) => ClassName::Annotation(name),
        (Field::Absent, _) if annotations.is_unknown() => ClassName::Unknown,
        (Field::Absent, _) => ClassName::Absent,
    }
}

fn locations<'a>(object: Object<'a>, rule: &'a HostRule) -> Vec<Location<'a>> {
    let paths = rule.http.value().map_or(&[][..], |http| http.paths.items());
    let paths = paths.iter().filter_map(Field::known);
    let locations = paths.map(|path| Location {
        host: &rule.host,
        source: &path.value,
        span: path.span,
        backend: path
            .value
            .backend
            .known()
            .and_then(|backend| of_ingress_backend(object, &backend.value, backend.span)),
    });
    locations.collect()
}

/// Whether a name of a certificate or of a rule stands for another one: `*.example.com` for
/// `shop.example.com`, by one label as certificates have it.
pub fn covers(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(suffix) = pattern.strip_prefix("*.") else { return false };
    host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(suffix))
}
