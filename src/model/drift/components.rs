//! What kubelets, kube-proxies and Flannel are told on each node.

use std::net::IpAddr;

use super::Statement;
use crate::ingest::Body;
use crate::ingest::component_config::ComponentConfig;
use crate::model::Object;
use crate::model::addresses::{Addresses, DnsAddress, RangeList};
use crate::model::components::ComponentFlags;
use crate::model::flannel::Flannel;
use crate::model::image::Component;
use crate::model::installer::Installer;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// The resolvers that kubelets give to pods. Lists that `is_told` knows are left out.
pub fn cluster_dns<'a>(
    plan: &Addresses<'a>,
    is_told: impl Fn(IpAddr) -> bool,
) -> Vec<Statement<'a>> {
    let lists = plan.dns.chunk_by(|one, two| one.list == two.list);
    let own = lists
        .filter(|list| !list.iter().any(|item| is_told(item.address) || is_of_server(item.object)));
    let statement = |list: &[DnsAddress<'a>]| {
        let first = list.first()?;
        let mut addresses: Vec<IpAddr> = list.iter().map(|item| item.address).collect();
        addresses.sort_unstable();
        let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        Statement::of(first.object, Some((addresses.join(", "), first.span)))
    };
    own.filter_map(statement).collect()
}

/// Servers of k3s compare such options themselves, before they start.
fn is_of_server(object: Object<'_>) -> bool {
    matches!(object.body(), Body::K3s(_))
}

/// The domains that kubelets make pods look in. Where the cluster's own is stated somewhere, each
/// of them has been held against that.
pub fn cluster_domains<'a>(plan: &Addresses<'a>) -> Vec<Statement<'a>> {
    if plan.domains.iter().any(|domain| domain.source.decides()) {
        return Vec::new();
    }
    let domains = plan.domains.iter().filter(|domain| !is_of_server(domain.object));
    domains
        .filter_map(|domain| {
            Statement::of(domain.object, Some((domain.domain.clone(), domain.span)))
        })
        .collect()
}

/// The modes of kube-proxies; without one it is iptables, on Linux
/// (<https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/>).
pub fn proxy_modes<'a>(
    objects: &[Object<'a>],
    components: &[ComponentFlags<'a>],
    installers: &[Installer<'a>],
) -> Vec<Statement<'a>> {
    let in_files = objects.iter().filter_map(|object| match object.body() {
        Body::ComponentConfig(ComponentConfig::KubeProxy(config)) => {
            Some((*object, mode(&config.mode, object.resource.name_span())?))
        }
        _ => None,
    });
    let proxies = components.iter().filter(|one| one.component == Component::KubeProxy);
    let in_flags = proxies.filter_map(|proxy| {
        // With a configuration file, kube-proxy ignores most of its flags.
        if proxy.flags.get("config").is_some() || proxy.flags.has_unknown {
            return None;
        }
        let field = proxy.flags.get("proxy-mode").map_or(Field::Absent, |flag| flag.value.clone());
        // An installer's list of flags is not all that kube-proxy is given.
        let is_complete = matches!(proxy.object.body(), Body::Kubernetes(_));
        let span = proxy.object.resource.name_span();
        (is_complete || !field.is_absent()).then(|| Some((proxy.object, mode(&field, span)?)))?
    });
    let in_installers = installers.iter().filter_map(|installer| {
        let mode = installer.proxy_mode.known().filter(|mode| !mode.value.is_empty())?;
        Some((installer.object, (mode.value.clone(), mode.span)))
    });
    let all = in_files.chain(in_flags).chain(in_installers);
    // That of Windows.
    let on_linux = all.filter(|(_, (mode, _))| mode != "kernelspace");
    on_linux.filter_map(|(object, mode)| Statement::of(object, Some(mode))).collect()
}

fn mode(field: &Field<String>, default_span: Span) -> Option<(String, Span)> {
    match field {
        Field::Known(mode) if !mode.value.trim().is_empty() => {
            Some((mode.value.trim().to_owned(), mode.span))
        }
        Field::Known(_) | Field::Absent => Some(("iptables".to_owned(), default_span)),
        Field::Unknown(_) => None,
    }
}

/// The ranges by which kube-proxies tell pods. Where the cluster's own is stated somewhere, each
/// of them has been held against that.
pub fn proxy_ranges<'a>(plan: &Addresses<'a>) -> Vec<Statement<'a>> {
    if !plan.cluster_pod_ranges().is_empty() {
        return Vec::new();
    }
    let lists = plan.lists.iter().filter(|list| list.source.repeats_pods() && list.complete);
    let statement = |list: &RangeList<'a>| {
        let mut ranges: Vec<_> = list.ranges.iter().map(|(range, _)| *range).collect();
        ranges.sort_unstable();
        let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        Statement::of(list.object, Some((ranges.join(", "), list.span)))
    };
    lists.filter_map(statement).collect()
}

/// How Flannel sends packets between nodes: a title and what each node says.
pub fn flannel_backends<'a>(flannel: &Flannel<'a>) -> Vec<(&'static str, Vec<Statement<'a>>)> {
    let mut kinds = Vec::new();
    let mut identifiers = Vec::new();
    let mut ports = Vec::new();
    for config in &flannel.configs {
        let Some(backend) = config.config.backend.value() else { continue };
        if let Some(kind) = backend.kind.known() {
            let value = (kind.value.to_ascii_lowercase(), kind.span);
            kinds.extend(Statement::of(config.object, Some(value)));
        }
        if !backend.vni.is_unknown() {
            identifiers.extend(Statement::of(config.object, number(&backend.vni)));
        }
        if !backend.port.is_unknown() {
            ports.extend(Statement::of(config.object, number(&backend.port)));
        }
    }
    vec![
        ("Flannel's backend", kinds),
        ("the VNI of Flannel's backend", identifiers),
        ("the port of Flannel's backend", ports),
    ]
}

fn number(field: &Field<i64>) -> Option<(String, Span)> {
    field.known().map(|Spanned { value, span }| (value.to_string(), *span))
}
