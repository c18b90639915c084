//! Which software of the cluster carries pods' traffic and enforces NetworkPolicies, by the traces
//! that it leaves in the files.

use super::image::{Component, ImageRef, component_of};
use super::installer::{Installer, Plugin};
use super::object::Object;
use super::settings::Settings;
use super::workloads::{Workload, Workloads};
use crate::ingest::charts::{Chart, ReleasedChart};
use crate::ingest::cni::{CniConfig, CniOrigin};
use crate::ingest::kubernetes::Kubernetes;
use crate::ingest::{Body, flags};
use crate::source::Span;
use crate::syntax::decode::Field;

/// Software that may enforce policies, or is known not to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Software {
    Calico,
    Cilium,
    Flannel,
    AwsVpcCni,
    /// Some other one, which may enforce them.
    Other,
}

/// A trace of a software.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    pub software: Software,
    pub span: Span,
    /// `None` for what the configuration says.
    pub object: Option<Object<'a>>,
}

#[derive(Debug, Default)]
pub struct Enforcement<'a> {
    /// In the order of the files.
    pub evidence: Vec<Evidence<'a>>,
    /// Where the Amazon VPC CNI's own policy enforcement is switched, and whether on.
    pub aws_switches: Vec<(bool, Span)>,
}

/// Why policies have no effect, and where that is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEnforced {
    FlannelAlone(Span),
    /// The Amazon VPC CNI could enforce them, and is told not to.
    AwsSwitchedOff(Span),
}

impl<'a> Enforcement<'a> {
    pub fn new(
        objects: &[Object<'a>],
        installers: &[Installer<'a>],
        workloads: &Workloads<'a>,
        settings: &Settings,
    ) -> Enforcement<'a> {
        let mut enforcement = Enforcement::default();
        if let Some(cni) = &settings.cni {
            let software = software_of_name(&cni.value).unwrap_or(Software::Other);
            enforcement.evidence.push(Evidence { software, span: cni.span, object: None });
        }
        for object in objects {
            enforcement.look_at(*object);
        }
        for installer in installers {
            enforcement.look_at_installer(installer);
        }
        for workload in &workloads.all {
            enforcement.look_at_images(workload);
        }
        enforcement
    }

    pub fn first(&self, software: Software) -> Option<&Evidence<'a>> {
        self.evidence.iter().find(|evidence| evidence.software == software)
    }

    pub fn has(&self, software: Software) -> bool {
        self.first(software).is_some()
    }

    /// The only software that there are traces of.
    pub fn only(&self) -> Option<&Evidence<'a>> {
        let first = self.evidence.first()?;
        self.evidence.iter().all(|other| other.software == first.software).then_some(first)
    }

    /// Why nothing enforces policies, if that is certain.
    pub fn not_enforced(&self) -> Option<NotEnforced> {
        let only = self.only()?;
        match only.software {
            Software::Flannel => Some(NotEnforced::FlannelAlone(only.span)),
            Software::AwsVpcCni => {
                let (_, off) = self.aws_switches.iter().find(|(on, _)| !on)?;
                let on = self.aws_switches.iter().any(|(on, _)| *on);
                (!on).then_some(NotEnforced::AwsSwitchedOff(*off))
            }
            Software::Calico | Software::Cilium | Software::Other => None,
        }
    }

    fn look_at(&mut self, object: Object<'a>) {
        if let Body::Cni(config) = object.body() {
            self.look_at_plugins(object, config);
        }
        let software = match (object.body(), object.resource.group()) {
            (Body::ChartValues(values), _) => software_of_chart(values.chart),
            (Body::Release(release), _) => {
                let charts = release.charts.iter().filter_map(ReleasedChart::chart);
                let known = charts.filter_map(software_of_chart).next();
                known.or_else(|| may_enforce(object.name()).then_some(Software::Other))
            }
            (Body::Kubernetes(Kubernetes::ConfigMap(config)), _) => {
                if object.name() == "amazon-vpc-cni" {
                    let key = "enable-network-policy-controller";
                    let switch = config.data.value().and_then(|data| data.get(key));
                    if let Some(switch) = switch.and_then(Field::known) {
                        self.aws_switches.push((switch.value == "true", switch.span));
                    }
                }
                match object.name() {
                    "cilium-config" => Some(Software::Cilium),
                    "calico-config" | "canal-config" => Some(Software::Calico),
                    "kube-flannel-cfg" => Some(Software::Flannel),
                    "amazon-vpc-cni" => Some(Software::AwsVpcCni),
                    _ => None,
                }
            }
            (_, "operator.tigera.io" | "crd.projectcalico.org" | "projectcalico.org") => {
                Some(Software::Calico)
            }
            // Versions of K3s and RKE2 say so, and both bring a policy controller.
            (Body::Kubernetes(Kubernetes::Node(node)), _) => {
                let info = node.status.value().and_then(|status| status.node_info.value());
                let version = info.and_then(|info| info.kubelet_version.value());
                version.filter(|v| v.contains("k3s") || v.contains("rke2")).map(|_| Software::Other)
            }
            (_, "helm.toolkit.fluxcd.io" | "helm.cattle.io" | "argoproj.io" | "k3s.cattle.io") => {
                may_enforce(object.name()).then_some(Software::Other)
            }
            _ => None,
        };
        if let Some(software) = software {
            let span = object.resource.name_span();
            self.evidence.push(Evidence { software, span, object: Some(object) });
        }
    }

    fn look_at_installer(&mut self, installer: &Installer<'a>) {
        let software = match installer.plugin {
            _ if installer.has_policy_controller => Software::Other,
            Plugin::Named(name) => software_of_name(name).unwrap_or(Software::Other),
            Plugin::Unknown => Software::Other,
            Plugin::None | Plugin::Unstated => return,
        };
        let span = installer.object.resource.name_span();
        self.evidence.push(Evidence { software, span, object: Some(installer.object) });
    }

    fn look_at_plugins(&mut self, object: Object<'a>, config: &CniConfig) {
        if matches!(config.origin, CniOrigin::NetworkAttachment) {
            return;
        }
        for kind in config.known_plugins().filter_map(|plugin| plugin.kind.known()) {
            let software = match kind.value.as_str() {
                "flannel" => Software::Flannel,
                "calico" => Software::Calico,
                "cilium-cni" => Software::Cilium,
                "aws-cni" => Software::AwsVpcCni,
                name if may_enforce(name) => Software::Other,
                _ => continue,
            };
            self.evidence.push(Evidence { software, span: kind.span, object: Some(object) });
        }
    }

    fn look_at_images(&mut self, workload: &Workload<'a>) {
        let object = Some(workload.object);
        for container in workload.spec.pod.all_containers() {
            let Some(image) = container.image.known() else { continue };
            let parsed = ImageRef::parse(&image.value);
            let component = parsed.as_ref().and_then(component_of);
            let software = match component {
                Some((component, _)) => software_of(component),
                None => may_enforce(&image.value).then_some(Software::Other),
            };
            if let Some(software) = software {
                self.evidence.push(Evidence { software, span: image.span, object });
            }
            let words = container.command.items().iter().chain(container.args.items());
            let flags = flags::of_command(words);
            if let Some(value) = flags.value("enable-network-policy") {
                self.aws_switches.push((value.value == "true", value.span));
            }
        }
    }
}

fn software_of_chart(chart: Chart) -> Option<Software> {
    match chart {
        Chart::Canal | Chart::TigeraOperator => Some(Software::Calico),
        Chart::Cilium | Chart::Rke2Cilium => Some(Software::Cilium),
        Chart::Flannel => Some(Software::Flannel),
        Chart::CoreDns | Chart::Rke2CoreDns | Chart::MetalLb => None,
    }
}

fn software_of(component: Component) -> Option<Software> {
    match component {
        Component::Calico | Component::TigeraOperator => Some(Software::Calico),
        Component::Cilium => Some(Software::Cilium),
        Component::Flannel | Component::FlannelCniPlugin => Some(Software::Flannel),
        Component::AwsVpcCni | Component::AwsNetworkPolicyAgent => Some(Software::AwsVpcCni),
        Component::Weave
        | Component::KubeRouter
        | Component::Antrea
        | Component::KubeNetworkPolicies => Some(Software::Other),
        _ => None,
    }
}

fn software_of_name(name: &str) -> Option<Software> {
    match name.to_ascii_lowercase().as_str() {
        "calico" | "canal" => Some(Software::Calico),
        "cilium" => Some(Software::Cilium),
        "flannel" => Some(Software::Flannel),
        "aws-vpc" | "aws-vpc-cni" | "amazon-vpc-cni" | "vpc-cni" => Some(Software::AwsVpcCni),
        _ => None,
    }
}

/// Whether a name is that of software that enforces policies, as far as its name tells.
fn may_enforce(name: &str) -> bool {
    let words = [
        "antrea",
        "calico",
        "canal",
        "cilium",
        "kindnet",
        "kube-router",
        "kube-ovn",
        "netpol",
        "network-polic",
        "ovn",
        "tigera",
        "weave",
    ];
    words.iter().any(|word| name.contains(word))
}
