//! Which images are components of a cluster, and at which version.

use std::fmt;

use super::ImageRef;

/// Software that a cluster, or its network, is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    KubeApiserver,
    KubeControllerManager,
    KubeScheduler,
    KubeProxy,
    Kubelet,
    Kubectl,
    /// Only those whose minor versions are those of Kubernetes.
    CloudControllerManager,
    /// All components of Kubernetes in one image.
    Hyperkube,
    CoreDns,
    Etcd,
    Pause,
    Containerd,
    NodeLocalDns,
    Calico,
    /// Has versions of its own, other than Calico's.
    TigeraOperator,
    Cilium,
    Flannel,
    FlannelCniPlugin,
    Weave,
    KubeRouter,
    Antrea,
    Multus,
    AwsVpcCni,
    AwsNetworkPolicyAgent,
    MetalLb,
    IngressNginx,
    IstioPilot,
    IstioProxy,
    Linkerd,
    KubeNetworkPolicies,
    /// Its custom resource definitions.
    GatewayApi,
}

impl Component {
    /// The name that its users know it by.
    pub fn name(self) -> &'static str {
        match self {
            Component::KubeApiserver => "kube-apiserver",
            Component::KubeControllerManager => "kube-controller-manager",
            Component::KubeScheduler => "kube-scheduler",
            Component::KubeProxy => "kube-proxy",
            Component::Kubelet => "kubelet",
            Component::Kubectl => "kubectl",
            Component::CloudControllerManager => "cloud-controller-manager",
            Component::Hyperkube => "hyperkube",
            Component::CoreDns => "CoreDNS",
            Component::Etcd => "etcd",
            Component::Pause => "pause",
            Component::Containerd => "containerd",
            Component::NodeLocalDns => "NodeLocal DNSCache",
            Component::Calico => "Calico",
            Component::TigeraOperator => "Tigera operator",
            Component::Cilium => "Cilium",
            Component::Flannel => "Flannel",
            Component::FlannelCniPlugin => "Flannel CNI plugin",
            Component::Weave => "Weave Net",
            Component::KubeRouter => "kube-router",
            Component::Antrea => "Antrea",
            Component::Multus => "Multus",
            Component::AwsVpcCni => "Amazon VPC CNI",
            Component::AwsNetworkPolicyAgent => "AWS network policy agent",
            Component::MetalLb => "MetalLB",
            Component::IngressNginx => "ingress-nginx",
            Component::IstioPilot => "Istio",
            Component::IstioProxy => "Istio proxy",
            Component::Linkerd => "Linkerd",
            Component::KubeNetworkPolicies => "kube-network-policies",
            Component::GatewayApi => "Gateway API",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The component that an image is, and its version as far as the tag tells: numbers only, without
/// `v` and without what a distribution adds (`1.31.2` for `v1.31.2-eksbuild.3`). `None` for the
/// version with any other tag, such as `latest`.
pub fn component_of(image: &ImageRef) -> Option<(Component, Option<&str>)> {
    let component = component_of_path(&image.segments())?;
    let version = image.tag.as_deref().and_then(|tag| version_of_tag(component, tag));
    Some((component, version))
}

/// Goes by the last segments. One segment alone must have something before it: an image on
/// Docker Hub that nobody in particular has published is none of these.
fn component_of_path(segments: &[&str]) -> Option<Component> {
    let (last, parents) = segments.split_last()?;
    let parent = *parents.last()?;
    let component = match (parent, *last) {
        ("rancher", name) => return component_of_rancher(name).or_else(|| by_name(name)),
        (
            "calico",
            "node" | "cni" | "kube-controllers" | "typha" | "apiserver" | "csi"
            | "pod2daemon-flexvol" | "ctl" | "calico" | "whisker" | "goldmane",
        ) => Component::Calico,
        ("tigera", "operator") => Component::TigeraOperator,
        (
            "cilium",
            "cilium"
            | "operator"
            | "operator-generic"
            | "operator-aws"
            | "operator-azure"
            | "hubble-relay"
            | "clustermesh-apiserver",
        ) => Component::Cilium,
        ("flannel-io" | "flannel" | "flannelcni" | "coreos", "flannel") => Component::Flannel,
        ("flannel-io" | "flannel" | "flannelcni", "flannel-cni-plugin") => {
            Component::FlannelCniPlugin
        }
        ("weaveworks" | "rajchaudhuri", "weave-kube" | "weave-npc") => Component::Weave,
        ("cloudnativelabs", "kube-router") => Component::KubeRouter,
        // Others, such as the user interface, have versions of their own.
        (
            "antrea",
            "antrea-ubuntu"
            | "antrea-agent-ubuntu"
            | "antrea-controller-ubuntu"
            | "antrea-ubi"
            | "antrea-agent-ubi"
            | "antrea-controller-ubi"
            | "antrea-windows",
        ) => Component::Antrea,
        ("provider-aws", "cloud-controller-manager") => Component::CloudControllerManager,
        ("k8snetworkplumbingwg", "multus-cni") => Component::Multus,
        ("amazon", "aws-network-policy-agent") => Component::AwsNetworkPolicyAgent,
        ("metallb", "controller" | "speaker") => Component::MetalLb,
        ("ingress-nginx", "controller" | "controller-chroot") => Component::IngressNginx,
        ("istio" | "istio-release", name) => return component_of_istio(name),
        ("release", name) if parents.ends_with(&["registry.istio.io", "release"]) => {
            return component_of_istio(name);
        }
        ("linkerd", "controller" | "proxy" | "policy-controller") => Component::Linkerd,
        ("networking", "kube-network-policies") => Component::KubeNetworkPolicies,
        (_, name) => return by_name(name),
    };
    Some(component)
}

/// Images that everybody mirrors and rebuilds under the same name.
fn by_name(name: &str) -> Option<Component> {
    let name = ARCHITECTURES.iter().find_map(|arch| name.strip_suffix(arch)).unwrap_or(name);
    match name {
        "kube-apiserver" => Some(Component::KubeApiserver),
        "kube-controller-manager" => Some(Component::KubeControllerManager),
        "kube-scheduler" => Some(Component::KubeScheduler),
        "kube-proxy" => Some(Component::KubeProxy),
        "kubelet" => Some(Component::Kubelet),
        "kubectl" => Some(Component::Kubectl),
        "azure-cloud-controller-manager" => Some(Component::CloudControllerManager),
        "hyperkube" | "hardened-kubernetes" => Some(Component::Hyperkube),
        "coredns" => Some(Component::CoreDns),
        "etcd" => Some(Component::Etcd),
        "pause" => Some(Component::Pause),
        "k8s-dns-node-cache" => Some(Component::NodeLocalDns),
        "amazon-k8s-cni" | "amazon-k8s-cni-init" => Some(Component::AwsVpcCni),
        _ => None,
    }
}

/// What used to be appended to names before images for several architectures existed.
const ARCHITECTURES: [&str; 5] = ["-amd64", "-arm64", "-arm", "-ppc64le", "-s390x"];

/// RKE, RKE2 and K3s have copies (`mirrored-`) and rebuilds (`hardened-`) of other images.
fn component_of_rancher(name: &str) -> Option<Component> {
    match name {
        "mirrored-coredns-coredns" | "hardened-coredns" | "coredns-coredns" => {
            Some(Component::CoreDns)
        }
        "mirrored-coreos-etcd" | "hardened-etcd" => Some(Component::Etcd),
        "mirrored-pause" => Some(Component::Pause),
        "mirrored-k8s-dns-node-cache" | "hardened-dns-node-cache" => Some(Component::NodeLocalDns),
        "mirrored-calico-operator" => Some(Component::TigeraOperator),
        "hardened-calico" => Some(Component::Calico),
        _ if name.starts_with("mirrored-calico-") => Some(Component::Calico),
        "mirrored-cilium-cilium" => Some(Component::Cilium),
        "mirrored-flannelcni-flannel" | "hardened-flannel" => Some(Component::Flannel),
        "nginx-ingress-controller" | "mirrored-ingress-nginx-controller" => {
            Some(Component::IngressNginx)
        }
        _ => None,
    }
}

fn component_of_istio(name: &str) -> Option<Component> {
    match name {
        "pilot" => Some(Component::IstioPilot),
        "proxyv2" | "ztunnel" | "install-cni" => Some(Component::IstioProxy),
        _ => None,
    }
}

fn version_of_tag(component: Component, tag: &str) -> Option<&str> {
    // That of Azure had versions of its own before 1.23: 0.7.4, 1.0.12, 1.1.18.
    let own = tag.starts_with("v0.") || tag.starts_with("v1.0.") || tag.starts_with("v1.1.");
    if component == Component::CloudControllerManager && own {
        return None;
    }
    let tag = match component {
        Component::Linkerd => {
            tag.strip_prefix("stable-").or_else(|| tag.strip_prefix("edge-")).unwrap_or(tag)
        }
        _ => tag.strip_prefix('v').unwrap_or(tag),
    };
    let length = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
    let (numbers, suffix) = tag.split_at(length);
    let count = numbers.split('.').filter(|number| !number.is_empty()).count();
    let at_least = match component {
        Component::Pause
        | Component::Kubectl
        | Component::Linkerd
        | Component::KubeNetworkPolicies => 2,
        _ => 3,
    };
    let well_formed = numbers.split('.').count() == count && suffix_is_apart(suffix);
    if !well_formed || !(at_least..=3).contains(&count) {
        return None;
    }
    if component == Component::FlannelCniPlugin {
        // `1.9.1-flannel3` is its version: the second number is not a rebuild's.
        return Some(tag).filter(|_| is_flannel_build(suffix));
    }
    Some(numbers)
}

fn suffix_is_apart(suffix: &str) -> bool {
    suffix.is_empty() || suffix.starts_with(['-', '_'])
}

fn is_flannel_build(suffix: &str) -> bool {
    let build = suffix.strip_prefix("-flannel").unwrap_or_default();
    !build.is_empty() && build.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let image = ImageRef::parse(text).expect(text);
        match component_of(&image) {
            Some((component, Some(version))) => format!("{component} {version}"),
            Some((component, None)) => component.to_string(),
            None => String::new(),
        }
    }

    #[test]
    fn knows_the_images_of_components() {
        let table = [
            ("registry.k8s.io/kube-apiserver:v1.33.2", "kube-apiserver 1.33.2"),
            ("k8s.gcr.io/kube-apiserver-amd64:v1.20.15", "kube-apiserver 1.20.15"),
            ("gcr.io/google-containers/kube-apiserver:v1.9.0", "kube-apiserver 1.9.0"),
            (
                "mirror.example.com/a/b/kube-controller-manager:v1.33.2",
                "kube-controller-manager 1.33.2",
            ),
            ("registry.k8s.io/kube-scheduler-arm64:v1.35.0", "kube-scheduler 1.35.0"),
            ("registry.k8s.io/kube-scheduler:v1.37.0-rc.0", "kube-scheduler 1.37.0"),
            (
                "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/kube-proxy:v1.31.2-eksbuild.3",
                "kube-proxy 1.31.2",
            ),
            (
                "1.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.31.2-minimal-eksbuild.3",
                "kube-proxy 1.31.2",
            ),
            ("gke.gcr.io/kube-proxy-amd64:v1.31.4-gke.1000", "kube-proxy 1.31.4"),
            ("ghcr.io/siderolabs/kubelet:v1.33.2", "kubelet 1.33.2"),
            (
                "registry.k8s.io/provider-aws/cloud-controller-manager:v1.36.1",
                "cloud-controller-manager 1.36.1",
            ),
            (
                "mcr.microsoft.com/oss/kubernetes/azure-cloud-controller-manager:v1.34.3",
                "cloud-controller-manager 1.34.3",
            ),
            ("quay.io/coreos/hyperkube:v1.16.3", "hyperkube 1.16.3"),
            ("rancher/hardened-kubernetes:v1.31.4-rke2r1-build20250101", "hyperkube 1.31.4"),
            ("registry.k8s.io/coredns/coredns:v1.12.0", "CoreDNS 1.12.0"),
            ("k8s.gcr.io/coredns:1.7.0", "CoreDNS 1.7.0"),
            ("coredns/coredns:1.11.1", "CoreDNS 1.11.1"),
            ("docker.io/rancher/mirrored-coredns-coredns:1.12.0", "CoreDNS 1.12.0"),
            ("rancher/hardened-coredns:v1.12.1-build20250401", "CoreDNS 1.12.1"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.11.4-eksbuild.2", "CoreDNS 1.11.4"),
            ("registry.k8s.io/etcd:3.5.21-0", "etcd 3.5.21"),
            ("quay.io/coreos/etcd:v3.5.17", "etcd 3.5.17"),
            ("gcr.io/etcd-development/etcd:v3.6.4", "etcd 3.6.4"),
            ("rancher/mirrored-coreos-etcd:v3.5.13-k3s1", "etcd 3.5.13"),
            ("rancher/hardened-etcd:v3.6.14-k3s1-build20260101", "etcd 3.6.14"),
            ("registry.k8s.io/pause:3.10", "pause 3.10"),
            ("registry.k8s.io/pause:3.10.1", "pause 3.10.1"),
            ("rancher/mirrored-pause:3.6", "pause 3.6"),
            ("registry.k8s.io/dns/k8s-dns-node-cache:1.26.4", "NodeLocal DNSCache 1.26.4"),
            ("k8s.gcr.io/k8s-dns-node-cache:1.15.13", "NodeLocal DNSCache 1.15.13"),
            ("rancher/hardened-dns-node-cache:1.26.8-build20260101", "NodeLocal DNSCache 1.26.8"),
            ("docker.io/calico/node:v3.29.3", "Calico 3.29.3"),
            ("calico/cni:v3.28.0", "Calico 3.28.0"),
            ("quay.io/calico/kube-controllers:v3.31.2", "Calico 3.31.2"),
            ("rancher/mirrored-calico-node:v3.30.1", "Calico 3.30.1"),
            ("rancher/hardened-calico:v3.32.1-build20260801", "Calico 3.32.1"),
            ("rancher/mirrored-calico-operator:v1.40.0", "Tigera operator 1.40.0"),
            ("quay.io/tigera/operator:v1.40.3", "Tigera operator 1.40.3"),
            ("quay.io/cilium/cilium:v1.18.6", "Cilium 1.18.6"),
            ("quay.io/cilium/operator-generic:v1.18.6", "Cilium 1.18.6"),
            ("cilium/cilium:1.9.4", "Cilium 1.9.4"),
            ("public.ecr.aws/eks/cilium/cilium:v1.16.5-2", "Cilium 1.16.5"),
            ("harbor.example.com/quay/cilium/cilium:v1.17.2", "Cilium 1.17.2"),
            ("rancher/mirrored-cilium-cilium:v1.19.6", "Cilium 1.19.6"),
            ("ghcr.io/flannel-io/flannel:v0.28.9", "Flannel 0.28.9"),
            ("quay.io/coreos/flannel:v0.10.0-amd64", "Flannel 0.10.0"),
            ("docker.io/flannel/flannel:v0.22.0", "Flannel 0.22.0"),
            ("rancher/mirrored-flannelcni-flannel:v0.17.0", "Flannel 0.17.0"),
            (
                "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3",
                "Flannel CNI plugin 1.9.1-flannel3",
            ),
            ("weaveworks/weave-kube:2.8.1", "Weave Net 2.8.1"),
            ("docker.io/rajchaudhuri/weave-npc:v2.9.0", "Weave Net 2.9.0"),
            ("docker.io/cloudnativelabs/kube-router:v2.5.0", "kube-router 2.5.0"),
            ("antrea/antrea-ubuntu:v1.7.2", "Antrea 1.7.2"),
            ("projects.registry.vmware.com/antrea/antrea-ubuntu:v1.13.0", "Antrea 1.13.0"),
            ("ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.2-thick", "Multus 4.2.2"),
            (
                "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.23.0",
                "Amazon VPC CNI 1.23.0",
            ),
            (
                "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni-init:v1.23.0",
                "Amazon VPC CNI 1.23.0",
            ),
            (
                "1.dkr.ecr.us-west-2.amazonaws.com/amazon/aws-network-policy-agent:v1.4.1",
                "AWS network policy agent 1.4.1",
            ),
            ("quay.io/metallb/speaker:v0.15.2", "MetalLB 0.15.2"),
            ("registry.k8s.io/ingress-nginx/controller:v1.15.1", "ingress-nginx 1.15.1"),
            ("k8s.gcr.io/ingress-nginx/controller-chroot:v1.2.0", "ingress-nginx 1.2.0"),
            ("rancher/mirrored-ingress-nginx-controller:v1.6.4", "ingress-nginx 1.6.4"),
            ("rancher/nginx-ingress-controller:nginx-1.9.4-rancher1", "ingress-nginx"),
            ("docker.io/istio/pilot:1.24.2", "Istio 1.24.2"),
            ("gcr.io/istio-release/pilot:1.24.2-distroless", "Istio 1.24.2"),
            ("registry.istio.io/release/proxyv2:1.28.0", "Istio proxy 1.28.0"),
            ("istio/ztunnel:1.24.2", "Istio proxy 1.24.2"),
            ("cr.l5d.io/linkerd/controller:stable-2.14.10", "Linkerd 2.14.10"),
            ("ghcr.io/linkerd/proxy:edge-25.4.4", "Linkerd 25.4.4"),
            (
                "registry.k8s.io/networking/kube-network-policies:v1.0.0",
                "kube-network-policies 1.0.0",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_tag_that_is_no_version_tells_none() {
        let table = [
            ("quay.io/calico/node:master", "Calico"),
            ("quay.io/calico/node", "Calico"),
            ("registry.k8s.io/kube-proxy:v1.33", "kube-proxy"),
            ("registry.k8s.io/kube-proxy:v1.33.2.1", "kube-proxy"),
            ("registry.k8s.io/kube-proxy:v1..2", "kube-proxy"),
            ("registry.k8s.io/kube-proxy:v1.33.2beta", "kube-proxy"),
            (
                "mcr.microsoft.com/oss/kubernetes/azure-cloud-controller-manager:v1.1.18",
                "cloud-controller-manager",
            ),
            ("gcr.io/k8s-staging-etcdadm/etcd:v20210430-v0.1.3-739-g7da12acc", "etcd"),
            ("ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1", "Flannel CNI plugin"),
            ("ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot-thick", "Multus"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn knows_nothing_of_other_images() {
        let table = [
            "example.com/my-coredns-exporter:v1",
            "example.com/coredns-operator:1.2.3",
            "example.com/coredns/exporter:1.2.3",
            "coredns:1.11.1",
            "kube-proxy:v1.33.2",
            "example.com/kube-scheduler-simulator:v1.33.2",
            "example.com/kubelet-csr-approver:v1.2.3",
            "registry.k8s.io/etcd-manager/etcd-manager-slim:v3.0.20260707",
            "registry.k8s.io/dns/k8s-dns-kube-dns:1.22.28",
            "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.9",
            "nginx/nginx-ingress:3.4.0",
            "quay.io/metallb/frr-k8s:v0.0.25",
            "example.com/controller:v0.15.2",
            "example.com/cloud-controller-manager:v1.20.0",
            "docker.io/hetznercloud/hcloud-cloud-controller-manager:v1.20.0",
            "example.com/node:v3.28.0",
            "example.com/operator:v1.40.0",
            "cr.l5d.io/linkerd/proxy-init:v2.4.1",
            "registry.istio.io/release/examples-bookinfo-ratings-v1:1.20.3",
            "example.com/release/pilot:1.20.3",
            "antrea/antrea-ui-frontend:v0.5.0",
            "weaveworksdemos/payment:0.4.3",
            "rancher/k3s:v1.31.4-k3s1",
            "nginx:1.27.0",
        ];
        for text in table {
            assert_eq!(shown(text), "", "{text}");
        }
    }
}
