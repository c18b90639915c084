//! The network plugins that take a UDP port of each node for packets between them, where it is
//! certain that they run.
//!
//! A repository may hold the manifests of several plugins to choose from. Here two are of one
//! cluster only where somebody applies both at once: they stand in one file, or a kustomization
//! names the files of both.

use super::addresses::{Addresses, Family};
use super::calico::Calico;
use super::cilium::Cilium;
use super::flannel::{Backend, Flannel};
use super::object::Object;
use super::workloads::Workloads;
use crate::ingest::Body;
use crate::ingest::calico::Calico as Spec;
use crate::ingest::charts::ValuesPlace;
use crate::scope;
use crate::source::Span;
use crate::syntax::decode::Field;

/// A plugin that runs, and the port that it takes.
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    pub name: &'static str,
    pub protocol: &'static str,
    pub port: i64,
    /// The port where it is written, or else what the tunnel is set up by.
    pub span: Span,
    /// What runs it: a DaemonSet, or the release of a chart.
    pub object: Object<'a>,
}

/// What overlays are made of.
pub struct Parts<'p, 'a> {
    pub objects: &'p [Object<'a>],
    pub addresses: &'p Addresses<'a>,
    pub calico: &'p Calico<'a>,
    pub cilium: &'p Cilium<'a>,
    pub flannel: &'p Flannel<'a>,
    pub workloads: &'p Workloads<'a>,
}

/// Two plugins of all nodes that take one port.
#[derive(Clone, Debug)]
pub struct Clash<'a> {
    pub one: Overlay<'a>,
    pub other: Overlay<'a>,
}

pub fn clashes<'a>(parts: &Parts<'_, 'a>) -> Vec<Clash<'a>> {
    let overlays: Vec<Overlay<'a>> =
        [calico(parts), cilium(parts), flannel(parts)].into_iter().flatten().collect();
    let mut clashes = Vec::new();
    for (index, one) in overlays.iter().enumerate() {
        for other in &overlays[index + 1..] {
            if one.port == other.port && are_together(parts.objects, one.object, other.object) {
                clashes.push(Clash { one: one.clone(), other: other.clone() });
            }
        }
    }
    clashes
}

/// Felix' `vxlanPort` is 4789 by default: `felix/config/config_params.go`.
fn calico<'a>(parts: &Parts<'_, 'a>) -> Option<Overlay<'a>> {
    let object = daemon(parts, "calico-node")?;
    let tunnel = parts.addresses.pools.iter().find_map(|pool| {
        let used = pool.is_for_pods() && !pool.is_disabled() && pool.family() == Family::V4;
        let on = |mode: &str| {
            ["always", "crosssubnet", "cross-subnet"].contains(&mode.to_ascii_lowercase().as_str())
        };
        pool.spec.vxlan_mode.known().filter(|mode| used && on(mode)).map(|mode| mode.span)
    })?;
    if parts.calico.environments.iter().any(|one| one.has("FELIX_VXLANPORT")) {
        return None;
    }
    let mut ports = parts.objects.iter().filter_map(|object| match object.body() {
        Body::Calico(Spec::Felix(spec)) if !spec.vxlan_port.is_absent() => Some(&spec.vxlan_port),
        _ => None,
    });
    let (port, span) = match ports.next() {
        None => (4789, tunnel),
        Some(Field::Known(port)) if ports.next().is_none() => (port.value, port.span),
        Some(_) => return None,
    };
    Some(Overlay { name: "Calico", protocol: "VXLAN", port, span, object })
}

/// `tunnel-port` is 8472 by default for VXLAN and 6081 for Geneve: `pkg/defaults/defaults.go`.
fn cilium<'a>(parts: &Parts<'_, 'a>) -> Option<Overlay<'a>> {
    let all = &parts.cilium.settings;
    // A file of values alone installs nothing.
    let released = all
        .iter()
        .find(|one| one.chart.is_some_and(|values| values.place == ValuesPlace::Object))
        .map(|one| one.object);
    let object = daemon(parts, "cilium").or(released)?;
    if !all.iter().all(|one| one.is_complete()) {
        return None;
    }
    let first = all.first()?;
    let name = first.tunnel()?;
    if !all.iter().all(|one| one.tunnel() == Some(name)) {
        return None;
    }
    let (protocol, default) = match name {
        "geneve" => ("Geneve", 6081),
        "vxlan" => ("VXLAN", 8472),
        _ => return None,
    };
    let mut ports = all.iter().map(|one| &one.config.tunnel_port).filter(|port| !port.is_absent());
    let config = &first.config;
    let tunnel = [&config.tunnel_protocol, &config.tunnel, &config.routing_mode];
    let tunnel = tunnel.into_iter().find_map(|field| field.span());
    let (port, span) = match ports.next() {
        None => (default, tunnel.unwrap_or(first.object.resource.name_span())),
        Some(port) => {
            let port = port.known().filter(|_| ports.next().is_none())?;
            match port.trim().parse().ok()? {
                0 => (default, port.span),
                own => (own, port.span),
            }
        }
    };
    Some(Overlay { name: "Cilium", protocol, port, span, object })
}

fn flannel<'a>(parts: &Parts<'_, 'a>) -> Option<Overlay<'a>> {
    let [config] = parts.flannel.configs.as_slice() else { return None };
    let daemon = parts.flannel.daemons.first()?;
    let kind = config.backend_type()?;
    if config.backend()? != Backend::Vxlan {
        return None;
    }
    let (port, span) = config.port()?;
    // Windows takes no other port, and numbers from 4096 on.
    if port == 4789 && config.vni().is_none_or(|(vni, _)| vni >= 4096) {
        return None;
    }
    let span = span.unwrap_or(kind.span);
    let runs = runs_everywhere(parts, daemon.object);
    runs.then_some(Overlay {
        name: "Flannel",
        protocol: "VXLAN",
        port,
        span,
        object: daemon.object,
    })
}

fn daemon<'a>(parts: &Parts<'_, 'a>, name: &str) -> Option<Object<'a>> {
    let mut all = parts.workloads.all.iter().map(|workload| workload.object);
    let object = all.find(|object| object.kind() == "DaemonSet" && object.name() == name)?;
    runs_everywhere(parts, object).then_some(object)
}

/// While plugins change, one may be kept to some of the nodes.
fn runs_everywhere(parts: &Parts<'_, '_>, object: Object<'_>) -> bool {
    let workload = parts.workloads.all.iter().find(|workload| workload.object.is(object));
    workload.is_some_and(|workload| match &workload.spec.pod.node_selector {
        Field::Absent => true,
        Field::Known(labels) => labels.keys().all(|label| label.ends_with("kubernetes.io/os")),
        Field::Unknown(_) => false,
    })
}

/// Whether whoever applies one of two objects applies the other, too.
fn are_together(objects: &[Object<'_>], one: Object<'_>, other: Object<'_>) -> bool {
    if one.path == other.path {
        return true;
    }
    objects.iter().any(|object| match object.body() {
        Body::Kustomization(kustomization) => {
            let listed: Vec<String> = kustomization
                .resources
                .items()
                .iter()
                .filter_map(Field::value)
                .map(|file| scope::resolve(scope::folder(object.path), file))
                .collect();
            let has = |path: &str| listed.iter().any(|file| file == path);
            has(one.path) && has(other.path)
        }
        _ => false,
    })
}
