//! How the network plugin of a node finds the address that other nodes send pods' packets to.
//!
//! Only who takes any address that comes first is here: Calico whose method is `first-found`, and
//! Flannel that is not told an interface, which takes that of the default route. Whatever is
//! patched, or filled in by a template, is left out.

use super::Object;
use super::flannel::Flannel;
use super::image::{Component, ImageRef, component_of};
use super::workloads::{Workload, Workloads};
use crate::ingest::Body;
use crate::ingest::calico::{Calico, InstallationSpec};
use crate::ingest::kubernetes::{Container, EnvVar};
use crate::source::Span;
use crate::syntax::decode::Field;

/// A network plugin that looks for the node's address by itself.
#[derive(Clone, Copy, Debug)]
pub struct Autodetection {
    pub plugin: Plugin,
    /// The method, where it is written, and otherwise who leaves it out.
    pub span: Span,
    pub is_written: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plugin {
    /// By calico-node's environment.
    Calico,
    /// By the operator's Installation.
    CalicoOperator,
    Flannel,
}

/// The plugins of a cluster that take the first address, in the order of the files.
pub fn find<'a>(
    objects: &[Object<'a>],
    workloads: &Workloads<'a>,
    flannel: &Flannel<'a>,
) -> Vec<Autodetection> {
    let mut found = Vec::new();
    for object in objects {
        if let Body::Calico(Calico::Installation(spec)) = object.body() {
            found.extend(installation(*object, spec));
        }
    }
    for workload in workloads.all.iter().filter(|workload| workload.patches.is_empty()) {
        found.extend(calico(workload));
        found.extend(flanneld(workload, flannel));
    }
    found
}

fn calico(workload: &Workload<'_>) -> Option<Autodetection> {
    workload.spec.pod.running_containers().find_map(|container| {
        let image = ImageRef::parse(container.image.value()?)?;
        let (component, _) = component_of(&image)?;
        (component == Component::Calico).then(|| calico_node(container)).flatten()
    })
}

/// flannel `main.go`: without `--iface`, the interface of the default route.
fn flanneld(workload: &Workload<'_>, flannel: &Flannel<'_>) -> Option<Autodetection> {
    let daemon = flannel.daemons.iter().find(|daemon| daemon.object.is(workload.object))?;
    let told = !daemon.interfaces.is_empty() || !daemon.is_complete;
    let (plugin, span) = (Plugin::Flannel, daemon.object.resource.name_span());
    (!told).then_some(Autodetection { plugin, span, is_written: false })
}

/// calico `node/pkg/lifecycle/startup/autodetection`: without a method, `first-found`.
fn calico_node(container: &Container) -> Option<Autodetection> {
    // Of Calico's programs this one alone knows these variables.
    let name = container.name.known().filter(|name| name.value == "calico-node")?;
    let variable = |wanted: &str| {
        let mut entries = container.env.items().iter().filter_map(Field::value);
        entries.find(|entry: &&EnvVar| entry.name.value().is_some_and(|name| name == wanted))
    };
    let word = |wanted: &str| Some(variable(wanted)?.value.value()?.trim().to_ascii_lowercase());
    // `none` is for a network that somebody else makes, and `IP` may be the address itself.
    if word("CALICO_NETWORKING_BACKEND").is_some_and(|backend| backend == "none") {
        return None;
    }
    let ip = variable("IP").map(|entry| &entry.value);
    if ip.is_some_and(|ip| ip.value().is_none_or(|ip| !ip.eq_ignore_ascii_case("autodetect"))) {
        return None;
    }
    let plugin = Plugin::Calico;
    match variable("IP_AUTODETECTION_METHOD").map(|entry| &entry.value) {
        None => Some(Autodetection { plugin, span: name.span, is_written: false }),
        Some(method) => {
            let method = method.known()?;
            let first = method.trim() == "first-found";
            first.then_some(Autodetection { plugin, span: method.span, is_written: true })
        }
    }
}

/// operator `pkg/controller/installation/core_controller.go`: without a method, `firstFound`; with
/// eBPF or another provider it may be something else.
fn installation(object: Object<'_>, spec: &InstallationSpec) -> Option<Autodetection> {
    let cni = spec.cni.then(|cni| &cni.kind);
    let calico = cni.is_absent() || cni.value().is_some_and(|kind| kind == "Calico");
    if !calico || !spec.kubernetes_provider.is_absent() {
        return None;
    }
    let network = &spec.calico_network;
    let dataplane = network.then(|network| &network.linux_dataplane);
    if !dataplane.is_absent() && dataplane.value().is_none_or(|name| name == "BPF") {
        return None;
    }
    let method = network.then(|network| &network.autodetection_v4);
    let plugin = Plugin::CalicoOperator;
    match &method {
        Field::Absent => {
            let span = object.resource.name_span();
            Some(Autodetection { plugin, span, is_written: false })
        }
        Field::Known(method) => {
            let first = method.first_found.known().filter(|first| first.value)?;
            Some(Autodetection { plugin, span: first.span, is_written: true })
        }
        Field::Unknown(_) => None,
    }
}
