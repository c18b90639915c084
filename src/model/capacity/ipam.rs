//! Who gives pods their addresses, by the traces that network plugins leave in the files.
//!
//! This is another question than which software enforces policies: Canal is Calico with the
//! addresses of Flannel, and Cilium may take a node's range or cut its own.

use super::Cutter;
use crate::ingest::Body;
use crate::ingest::calico::{Calico, InstallationSpec, IpPoolSpec};
use crate::ingest::charts::Chart;
use crate::ingest::cni::{CniConfig, CniOrigin, CniPlugin};
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::kubernetes::{Kubernetes, Workload};
use crate::model::cilium::{Cilium, IpamMode};
use crate::model::image::{Component, ImageRef, component_of};
use crate::model::installer::{Installer, Plugin};
use crate::model::{Object, Settings};
use crate::syntax::decode::Field;

/// Who gives pods their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipam {
    /// No network plugin is in view.
    Unseen,
    /// A plugin that takes the range which the control plane gives each node: Flannel, Canal,
    /// kube-router, Antrea, kindnet, Cilium in the mode `kubernetes`, Calico with host-local.
    NodeRanges,
    /// Calico, from its pools, whatever ranges nodes have.
    Calico,
    /// Cilium, from ranges that its operator gives each node.
    CiliumPool,
    /// Some other one: ranges of its own, or the addresses of a cloud's network.
    Other,
    /// There are traces of several, or of one that is not named.
    Unclear,
}

impl Ipam {
    pub fn new(
        objects: &[Object<'_>],
        installers: &[Installer<'_>],
        cilium: &Cilium<'_>,
        settings: &Settings,
    ) -> Ipam {
        let mut traces = Traces::default();
        if let Some(cni) = &settings.cni {
            traces.setting(&cni.value);
        }
        for object in objects {
            traces.object(*object);
        }
        for installer in installers {
            traces.installer(installer);
        }
        for one in &cilium.settings {
            traces.cilium(one.ipam);
        }
        traces.decide()
    }

    /// Whether pods get addresses out of the ranges that this one gives nodes, as far as anybody
    /// can tell.
    pub fn takes_ranges_of(self, cutter: Cutter) -> bool {
        match cutter {
            Cutter::Kubeadm | Cutter::ControllerManager => {
                matches!(self, Ipam::Unseen | Ipam::NodeRanges)
            }
            Cutter::Cilium => self == Ipam::CiliumPool,
            Cutter::OpenShift => matches!(self, Ipam::Unseen | Ipam::NodeRanges | Ipam::Other),
        }
    }
}

#[derive(Debug, Default)]
struct Traces {
    /// A plugin that always takes the ranges of nodes.
    node_ranges: bool,
    /// Calico, told to take them.
    calico_host_local: bool,
    /// Calico, told to use its pools.
    calico_ipam: bool,
    /// Calico, whatever it is told.
    calico: bool,
    /// Cilium, told to take the ranges of nodes.
    cilium_kubernetes: bool,
    /// Cilium, told to cut a range of its own.
    cilium_pool: bool,
    /// Cilium, told something else.
    cilium_other: bool,
    cilium: bool,
    other: bool,
    /// Something takes the place of kube-proxy: Cilium, Calico or kube-router.
    without_kube_proxy: bool,
    /// An installer leaves the plugin to others.
    left_open: bool,
}

impl Traces {
    fn decide(&self) -> Ipam {
        let calico = self.calico_ipam || (self.calico && !self.calico_host_local);
        let told = self.cilium_kubernetes || self.cilium_pool || self.cilium_other;
        let node_ranges = self.node_ranges || self.calico_host_local || self.cilium_kubernetes;
        let other = self.other || self.cilium_other || (self.cilium && !told);
        match (node_ranges, calico, self.cilium_pool, other) {
            (false, false, false, false) if self.without_kube_proxy || self.left_open => {
                Ipam::Unclear
            }
            (false, false, false, false) => Ipam::Unseen,
            (true, false, false, false) => Ipam::NodeRanges,
            (false, true, false, false) => Ipam::Calico,
            (false, false, true, false) => Ipam::CiliumPool,
            (false, false, false, true) => Ipam::Other,
            _ => Ipam::Unclear,
        }
    }

    fn setting(&mut self, name: &str) {
        match name.to_ascii_lowercase().as_str() {
            "antrea" | "canal" | "flannel" | "kindnet" | "kube-router" | "kubenet" => {
                self.node_ranges = true
            }
            "calico" => self.calico = true,
            "cilium" => self.cilium = true,
            _ => self.other = true,
        }
    }

    fn installer(&mut self, installer: &Installer<'_>) {
        match installer.plugin {
            Plugin::Unstated => {}
            Plugin::Named(name) => self.setting(name),
            Plugin::None | Plugin::Unknown => self.left_open = true,
        }
        self.without_kube_proxy |= installer.without_kube_proxy;
    }

    fn object(&mut self, object: Object<'_>) {
        match object.body() {
            Body::Calico(Calico::IpPool(pool)) => self.calico |= is_for_pods(pool),
            Body::Calico(Calico::Installation(installation)) => self.installation(installation),
            Body::Cni(config) => self.cni(config),
            Body::Kubeadm(kubeadm) => self.kubeadm(kubeadm),
            Body::Kubernetes(Kubernetes::ConfigMap(_)) => self.config_map(object.name()),
            Body::Kubernetes(Kubernetes::Node(_)) => self.node(object),
            Body::Kubernetes(Kubernetes::Workload(workload)) => self.workload(workload),
            Body::ChartValues(values) => self.chart_values(values.chart),
            Body::Release(release) => {
                self.chart(object.name());
                let charts = release.charts.iter().filter_map(|chart| chart.name.value());
                charts.for_each(|name| self.chart(name));
            }
            _ => match object.resource.group() {
                "argoproj.io" | "helm.cattle.io" | "helm.toolkit.fluxcd.io" => {
                    self.chart(object.name());
                }
                "cilium.io" => self.cilium = true,
                "crd.projectcalico.org" | "projectcalico.org" => self.calico = true,
                _ => {}
            },
        }
    }

    fn kubeadm(&mut self, kubeadm: &Kubeadm) {
        self.without_kube_proxy |= match kubeadm {
            Kubeadm::Cluster(cluster) => {
                cluster.proxy.then(|proxy| &proxy.disabled).value() == Some(&true)
            }
            Kubeadm::Init(init) => {
                let mut phases = init.skip_phases.items().iter().filter_map(Field::value);
                phases.any(|phase| phase == "addon/kube-proxy" || phase == "addon")
            }
            Kubeadm::Join(_) => false,
        };
    }

    /// Without a type of plugin the provider decides: `fillDefaults` in
    /// `pkg/controller/installation/core_controller.go` of the Tigera operator.
    fn installation(&mut self, installation: &InstallationSpec) {
        let provider = installation.kubernetes_provider.value().map_or("", String::as_str);
        let kind = installation.cni.then(|cni| &cni.kind);
        let is_calico = match &kind {
            Field::Known(kind) => kind.value == "Calico",
            Field::Absent => !matches!(provider, "AKS" | "EKS" | "GKE"),
            Field::Unknown(_) => true,
        };
        if !is_calico {
            self.other = true;
            return;
        }
        match installation.cni.then(|cni| &cni.ipam).then(|ipam| &ipam.kind) {
            Field::Known(ipam) if ipam.value == "HostLocal" => self.calico_host_local = true,
            Field::Known(ipam) if ipam.value == "Calico" => self.calico_ipam = true,
            _ => self.calico = true,
        }
    }

    fn cni(&mut self, config: &CniConfig) {
        if config.origin != CniOrigin::NetworkAttachment {
            for plugin in config.known_plugins() {
                self.plugin(plugin);
            }
        }
    }

    fn plugin(&mut self, plugin: &CniPlugin) {
        let ipam = plugin.ipam.then(|ipam| &ipam.kind);
        match plugin.kind.value().map_or("", String::as_str) {
            "calico" => match ipam.value().map(String::as_str) {
                Some("calico-ipam") => self.calico_ipam = true,
                Some("host-local") => self.calico_host_local = true,
                _ => self.calico = true,
            },
            "cilium-cni" => self.cilium = true,
            "antrea" | "flannel" => self.node_ranges = true,
            "aws-cni"
            | "azure-vnet"
            | "kube-ovn"
            | "ovn-k8s-cni-overlay"
            | "terway"
            | "weave-net" => self.other = true,
            _ => {}
        }
    }

    fn cilium(&mut self, mode: IpamMode) {
        match mode {
            IpamMode::ClusterPool => self.cilium_pool = true,
            IpamMode::Kubernetes => self.cilium_kubernetes = true,
            IpamMode::Cloud | IpamMode::MultiPool | IpamMode::Other => self.cilium_other = true,
            IpamMode::Unknown => self.cilium = true,
        }
    }

    fn chart_values(&mut self, chart: Chart) {
        match chart {
            Chart::Flannel | Chart::Canal => self.node_ranges = true,
            // What they say is elsewhere.
            Chart::Cilium
            | Chart::Rke2Cilium
            | Chart::TigeraOperator
            | Chart::CoreDns
            | Chart::Rke2CoreDns
            | Chart::MetalLb => {}
        }
    }

    fn config_map(&mut self, name: &str) {
        match name {
            "canal-config" | "kube-flannel-cfg" | "kube-router-cfg" => self.node_ranges = true,
            _ => {}
        }
    }

    /// Plugins write on the Node what they gave it.
    fn node(&mut self, node: Object<'_>) {
        let Some(annotations) = node.resource.metadata.annotations.value() else { return };
        let has = |prefix: &str| annotations.keys().any(|key| key.starts_with(prefix));
        match () {
            // Canal writes those of Calico, too.
            () if has("flannel.alpha.coreos.com/") => self.node_ranges = true,
            () if has("projectcalico.org/") => self.calico = true,
            () if has("io.cilium.") || has("network.cilium.io/") => self.cilium = true,
            () if has("k8s.ovn.org/") => self.other = true,
            () => {}
        }
    }

    fn workload(&mut self, workload: &Workload) {
        let mut own = Traces::default();
        for container in workload.pod.all_containers() {
            let Some(text) = container.image.value() else { continue };
            let image = ImageRef::parse(text);
            let component = image.as_ref().and_then(component_of);
            match component.map(|(component, _)| component) {
                Some(Component::Antrea | Component::KubeRouter) => own.node_ranges = true,
                Some(Component::Flannel | Component::FlannelCniPlugin) => own.node_ranges = true,
                Some(Component::AwsVpcCni | Component::Weave) => own.other = true,
                Some(Component::Cilium) => own.cilium = true,
                // Others of its images say nothing about who gives addresses.
                Some(Component::Calico) => {
                    own.calico |= container.name.value().is_some_and(|name| name == "calico-node");
                }
                Some(_) => {}
                None => match last_segment(text) {
                    "kindnetd" => own.node_ranges = true,
                    "azure-cns" | "kube-ovn" | "terway" => own.other = true,
                    _ => {}
                },
            }
        }
        self.node_ranges |= own.node_ranges;
        self.other |= own.other;
        self.cilium |= own.cilium;
        // The pods of Canal hold both.
        self.calico |= own.calico && !own.node_ranges;
    }

    /// What is installed by a chart that is not in view, by the name of its release.
    fn chart(&mut self, name: &str) {
        let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
        self.node_ranges |= is(&["antrea", "canal", "flannel", "kube-router"]);
        self.calico |= is(&["calico", "tigera"]);
        self.cilium |= is(&["cilium"]);
        self.other |= is(&["kube-ovn", "vpc-cni", "weave-net"]);
    }
}

fn is_for_pods(pool: &IpPoolSpec) -> bool {
    let uses = pool.allowed_uses.items();
    let for_pods = |item: &Field<String>| item.value().is_none_or(|name| name == "Workload");
    pool.disabled.value() != Some(&true) && (uses.is_empty() || uses.iter().any(for_pods))
}

/// The name in an image reference, without registry, tag and digest.
fn last_segment(image: &str) -> &str {
    let path = image.split('@').next().unwrap_or(image);
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split(':').next().unwrap_or(last)
}
