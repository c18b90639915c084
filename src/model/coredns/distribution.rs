//! Who wrote a manifest of CoreDNS.

use super::{Corefile, Server};
use crate::ingest::Body;
use crate::ingest::charts::Chart;
use crate::model::object::known_labels;

/// Who wrote a manifest of CoreDNS, as far as it shows: each has defaults of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// `cmd/kubeadm/app/phases/addons/dns/manifests.go`: no CPU limit, 170Mi.
    Kubeadm,
    /// The chart of <https://github.com/coredns/helm>: one replica, 100m, 128Mi.
    HelmChart,
    K3s,
    /// The Helm chart with the values of Rancher.
    Rke2,
    Kubespray,
    OpenShift,
    Unknown,
}

/// A label of the pods that OpenShift's operator makes.
pub(super) const OPENSHIFT_LABEL: &str = "dns.operator.openshift.io/daemonset-dns";

impl Distribution {
    pub fn name(self) -> Option<&'static str> {
        match self {
            Distribution::Kubeadm => Some("kubeadm"),
            Distribution::HelmChart => Some("the Helm chart"),
            Distribution::K3s => Some("k3s"),
            Distribution::Rke2 => Some("RKE2"),
            Distribution::Kubespray => Some("kubespray"),
            Distribution::OpenShift => Some("OpenShift"),
            Distribution::Unknown => None,
        }
    }

    /// The limit that its manifest has, when there is one, as it is written there.
    pub fn default_limit(self, resource: &str) -> Option<&'static str> {
        match (self, resource) {
            (Distribution::Kubeadm | Distribution::K3s, "memory") => Some("170Mi"),
            (Distribution::HelmChart | Distribution::Rke2, "memory") => Some("128Mi"),
            (Distribution::HelmChart | Distribution::Rke2, "cpu") => Some("100m"),
            (Distribution::Kubespray, "memory") => Some("300Mi"),
            _ => None,
        }
    }
}

pub(super) fn of(server: &Server<'_>, corefile: Option<&Corefile<'_>>) -> Distribution {
    let object = server.object;
    if let Body::ChartValues(values) = object.body() {
        return match values.chart {
            Chart::Rke2CoreDns => Distribution::Rke2,
            _ => Distribution::HelmChart,
        };
    }
    let labels = known_labels(&object.resource.metadata.labels);
    let label = |key: &str| labels.get(key).copied().unwrap_or_default();
    let image = server.image().map_or("", |image| image.value.as_str());
    let memory = server.limit("memory").map_or("", |memory| memory.value.as_str());
    let has_node_hosts = || {
        corefile.is_none_or(|corefile| {
            corefile.words().iter().any(|word| word.text.contains("NodeHosts"))
        })
    };
    let is_chart = label("helm.sh/chart").starts_with("coredns-")
        || (label("app.kubernetes.io/managed-by") == "Helm"
            && label("app.kubernetes.io/name") == "coredns");
    if known_labels(&server.workload.pod_metadata.labels).contains_key(OPENSHIFT_LABEL) {
        Distribution::OpenShift
    } else if image.contains("hardened-coredns") || object.name().starts_with("rke2-coredns") {
        Distribution::Rke2
    } else if image.contains("coredns-coredns") && has_node_hosts() {
        Distribution::K3s
    } else if is_chart {
        Distribution::HelmChart
    } else if server.is_managed_addon() && memory == "300Mi" {
        Distribution::Kubespray
    } else if label("k8s-app") == "kube-dns" && object.name() == "coredns" && memory == "170Mi" {
        Distribution::Kubeadm
    } else {
        Distribution::Unknown
    }
}
