//! What takes the place of kube-proxy, and the kube-proxy that runs all the same.
//!
//! A configuration in kubeadm's file is no kube-proxy: kubeadm may be told on its command line to
//! skip it. Nor is a DaemonSet that asks for a label which nodes do not have by themselves.

use super::Network;
use super::components;
use super::image::Component;
use super::object::Object;
use super::workloads::Workload;
use crate::ingest::Body;
use crate::ingest::calico::Calico as CalicoSpec;
use crate::source::Span;
use crate::syntax::decode::Field;

/// Something that programs Services in the place of kube-proxy.
#[derive(Clone, Copy, Debug)]
pub struct Replacement {
    /// `Cilium`, `Calico with eBPF`, `kube-router`.
    pub name: &'static str,
    /// Where it is switched on.
    pub span: Span,
}

/// What the files of a cluster tell to do the work of kube-proxy.
pub fn replacements(network: &Network<'_>) -> Vec<Replacement> {
    let cilium = network.cilium.replaces_kube_proxy();
    let cilium = cilium.map(|span| Replacement { name: "Cilium", span });
    let calico = calico(network).map(|span| Replacement { name: "Calico with eBPF", span });
    let router = kube_router(network).map(|span| Replacement { name: "kube-router", span });
    cilium.into_iter().chain(calico).chain(router).collect()
}

/// Where Calico's eBPF dataplane is switched on. `None` also where Calico is told to live with a
/// kube-proxy, or to manage it.
fn calico(network: &Network<'_>) -> Option<Span> {
    let mut on = None;
    for object in network.objects.iter().filter(|object| !object.is_chart_default()) {
        match object.body() {
            Body::Calico(CalicoSpec::Felix(felix)) => {
                let cleanup = &felix.bpf_kube_proxy_iptables_cleanup_enabled;
                if cleanup.is_unknown() || cleanup.value() == Some(&false) {
                    return None;
                }
                let enabled = felix.bpf_enabled.known().filter(|enabled| enabled.value);
                on = on.or(enabled.map(|enabled| enabled.span));
            }
            Body::Calico(CalicoSpec::Installation(spec)) => {
                let calico = &spec.calico_network;
                if !calico.then(|it| &it.kube_proxy_management).is_absent() {
                    return None;
                }
                let dataplane = calico.value().and_then(|it| it.linux_dataplane.known());
                let bpf = dataplane.filter(|dataplane| dataplane.value == "BPF");
                on = on.or(bpf.map(|bpf| bpf.span));
            }
            _ => {}
        }
    }
    on
}

/// Where kube-router is told to. That is also its default, but most manifests say it.
fn kube_router(network: &Network<'_>) -> Option<Span> {
    let words = network.workloads.all.iter().flat_map(|workload| {
        let containers = workload.spec.pod.running_containers();
        containers
            .flat_map(|container| container.command.items().iter().chain(container.args.items()))
    });
    let on = ["--run-service-proxy", "--run-service-proxy=true"];
    let mut words = words.filter_map(Field::known);
    words.find(|word| on.contains(&word.value.as_str())).map(|word| word.span)
}

/// A kube-proxy that surely runs on nodes.
#[derive(Clone, Copy, Debug)]
pub struct RunningProxy<'a> {
    pub object: Object<'a>,
    /// Its name, or what leaves it in.
    pub span: Span,
}

/// The first kube-proxy in view: its DaemonSet, or a cluster of kind that has one.
pub fn running_proxy<'a>(network: &Network<'a>) -> Option<RunningProxy<'a>> {
    let workload = network.workloads.all.iter().find(|workload| runs_proxy(workload));
    if let Some(workload) = workload {
        let object = workload.object;
        return Some(RunningProxy { object, span: object.resource.name_span() });
    }
    let is_kind = |object: Object<'_>| object.resource.group() == "kind.x-k8s.io";
    let kind = network.installers.iter().find(|it| is_kind(it.object) && !it.without_kube_proxy)?;
    let mode = &kind.proxy_mode;
    let span = match mode {
        Field::Unknown(_) => return None,
        Field::Known(mode) => mode.span,
        Field::Absent => kind.object.resource.name_span(),
    };
    Some(RunningProxy { object: kind.object, span })
}

fn runs_proxy(workload: &Workload<'_>) -> bool {
    let pod = &workload.spec.pod;
    let is_proxy = |container| components::component(container) == Some(Component::KubeProxy);
    let everywhere = |(key, value): (&String, &Field<String>)| {
        key == "kubernetes.io/os" && value.value().is_some_and(|os| os == "linux")
    };
    workload.object.kind() == "DaemonSet"
        && !workload.object.is_chart_default()
        && workload.patches.is_empty()
        && !pod.node_selector.is_unknown()
        && pod.node_selector.value().is_none_or(|selector| selector.iter().all(everywhere))
        && pod.running_containers().any(is_proxy)
}
