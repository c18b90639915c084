//! Workloads that make a cluster rather than run in it: they work on the network of nodes because
//! that is what they are for.

use super::image::{ImageRef, component_of};
use super::workloads::Workload;
use crate::syntax::decode::Field;

/// Whether a workload is part of the cluster's own machinery: by its namespace, by its images, or
/// by what its name says.
pub fn is_infrastructure(workload: &Workload<'_>) -> bool {
    let object = workload.object;
    let images = || {
        let containers = workload.spec.pod.all_containers();
        containers.filter_map(|container| container.image.value()).map(String::as_str)
    };
    if NAMESPACES.contains(&workload.namespace)
        || images()
            .any(|image| ImageRef::parse(image).is_some_and(|it| component_of(&it).is_some()))
    {
        return true;
    }
    let names = [object.name(), workload.namespace].into_iter().chain(images());
    let containers = workload.spec.pod.containers.items().iter().filter_map(Field::value);
    let containers = containers.filter_map(|container| container.name.value()).map(String::as_str);
    names.chain(containers).any(|name| {
        let name = name.to_ascii_lowercase();
        WORDS.iter().any(|word| name.contains(word))
    })
}

const NAMESPACES: [&str; 6] = [
    "calico-system",
    "ingress-nginx",
    "kube-flannel",
    "kube-node-lease",
    "kube-system",
    "tigera-operator",
];

/// Parts of names of network plugins, proxies at the edge, load balancers, storage drivers, and
/// agents that watch nodes.
const WORDS: [&str; 41] = [
    "agent",
    "antrea",
    "apiserver",
    "bird",
    "calico",
    "ceph",
    "cilium",
    "cloud-controller",
    "cni",
    "coredns",
    "csi",
    "device-plugin",
    "dhcp",
    "dns",
    "envoy",
    "etcd",
    "exporter",
    "flannel",
    "frr",
    "gateway",
    "haproxy",
    "ingress",
    "iscsi",
    "istio",
    "keepalived",
    "kube-",
    "linkerd",
    "longhorn",
    "metallb",
    "multus",
    "nfs",
    "ovn",
    "ovs",
    "proxy",
    "router",
    "speaker",
    "tailscale",
    "traefik",
    "vpn",
    "weave",
    "wireguard",
];
