//! kops.
//!
//! Defaults are those of `upup/pkg/fi/cloudup/defaults.go` and `populate_cluster_spec.go`:
//! <https://github.com/kubernetes/kops>. The ranges of pods and Services are parts of
//! `nonMasqueradeCIDR` by design, so that one is no range of its own.

use super::{Cut, Installer, Instances, MaxPodsField, NodeGroup, Plugin};
use crate::ingest::kops::{InstanceGroup, Kops, KopsCluster, KopsKubelet};
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "podCIDR").defines();
const CLUSTER_CIDR: Source = Source::new(Role::Pod, "kubeControllerManager.clusterCIDR")
    .overrides()
    .called("controller manager's pod range");
const SERVICES: Source = Source::new(Role::Service, "serviceClusterIPRange").defines();
const NETWORK: Source = Source::new(Role::NodeNetwork, "networkCIDR");
const MORE_NETWORKS: Source = Source::new(Role::NodeNetwork, "additionalNetworkCIDRs");
const SUBNET: Source = Source::new(Role::NodeNetwork, "subnets[].cidr");
const DNS: Source = Source::new(Role::Dns, "kubelet.clusterDNS");
const DOMAIN: Source =
    Source::new(Role::Dns, "clusterDNSDomain").defines().called("cluster domain");

const DEFAULT_NON_MASQUERADE: &str = "100.64.0.0/10";
const MASK_FIELD: &str = "kubeControllerManager.nodeCIDRMaskSize";

pub fn installer<'a>(object: Object<'a>, kops: &'a Kops) -> Installer<'a> {
    let mut installer = Installer::new(object);
    match kops {
        Kops::Cluster(cluster) => self::cluster(&mut installer, cluster),
        Kops::InstanceGroup(group) => instance_group(&mut installer, group),
    }
    installer
}

fn cluster<'a>(installer: &mut Installer<'a>, cluster: &'a KopsCluster) {
    let ranges = &cluster.ranges;
    let whole = &ranges.non_masquerade_cidr;
    let is_default = whole.is_absent()
        || whole.value().is_some_and(|range| range.trim() == DEFAULT_NON_MASQUERADE);
    let name = cluster.plugin.name.as_ref().map_or("", |name| name.value.as_str());
    installer.pods_share_node_network = shares(cluster, name);
    let own = !installer.pods_share_node_network;
    let pods: &[&str] = if is_default && own { &["100.96.0.0/11"] } else { &[] };
    let services: &[&str] = if is_default { &["100.64.0.0/13"] } else { &[] };
    installer.range(PODS, &ranges.pod_cidr, pods);
    installer.range(SERVICES, &ranges.service_cluster_ip_range, services);
    installer.node_ports = cluster.kube_api_server.then(|it| &it.service_node_port_range);
    let controller = &cluster.kube_controller_manager;
    installer.range(CLUSTER_CIDR, &controller.then(|it| &it.cluster_cidr), &[]);
    installer.range(NETWORK, &ranges.network_cidr, &[]);
    installer.range_list(MORE_NETWORKS, &ranges.additional_network_cidrs, &[]);
    for subnet in ranges.subnets.items().iter().filter_map(Field::value) {
        installer.range(SUBNET, &subnet.cidr, &[]);
    }
    installer.domain_if_written(DOMAIN, &cluster.cluster_dns_domain);
    let dns = cluster.kubelet.then(|kubelet| &kubelet.cluster_dns);
    installer.dns_if_written(DNS, dns.known().cloned().into_iter().collect());
    installer.max_pods = max_pods(&cluster.kubelet);
    let allocates = controller.then(|it| &it.allocate_node_cidrs);
    let told_not_to = allocates.is_unknown() || allocates.value() == Some(&false);
    if own && !told_not_to {
        installer.cut = Some(Cut {
            cutter: Cutter::ControllerManager,
            masks: [controller.then(|it| &it.node_cidr_mask_size), Field::Absent],
            fields: [MASK_FIELD, MASK_FIELD],
            defaults: None,
        });
    }
    installer.plugin = match name {
        "" => Plugin::Unknown,
        "cni" => Plugin::None,
        "kuberouter" => Plugin::Named("kube-router"),
        name => Plugin::Named(name),
    };
    let env = cluster.plugin.settings.env.items().iter().filter_map(Field::value);
    installer.prefix_delegation = env.into_iter().any(|variable| {
        variable.name.value().is_some_and(|name| name == "ENABLE_PREFIX_DELEGATION")
            && variable.value.value().is_none_or(|value| value != "false")
    });
    installer.kubernetes_version = cluster.kubernetes_version.known();
}

/// Plugins whose pods have addresses of the cloud's network.
fn shares(cluster: &KopsCluster, plugin: &str) -> bool {
    let ipam = cluster.plugin.settings.ipam.value().map_or("", String::as_str);
    matches!(plugin, "amazonvpc" | "gce" | "gcp" | "lyftvpc")
        || (plugin == "cilium" && matches!(ipam, "azure" | "eni"))
}

fn max_pods(kubelet: &Field<KopsKubelet>) -> Option<MaxPodsField> {
    let value = kubelet.then(|kubelet| &kubelet.max_pods);
    value.known()?;
    Some(MaxPodsField { field: "kubelet.maxPods", value, default: 110 })
}

fn instance_group<'a>(installer: &mut Installer<'a>, group: &'a InstanceGroup) {
    if group.role.value().is_none_or(|role| role == "Bastion") {
        return;
    }
    let size = group.max_size.known().or(group.min_size.known());
    if let Some(size) = size {
        let name = installer.object.name();
        installer.nodes.extend(NodeGroup::sized(name, size));
    }
    installer.max_pods = max_pods(&group.kubelet);
    let pods = group.kubelet.value().and_then(|kubelet| kubelet.max_pods.known());
    if let (Some(machine), Some(pods), Field::Absent) =
        (group.machine_type.known(), pods, &group.mixed_instances_policy)
    {
        installer.instances.push(Instances { machines: vec![machine], max_pods: pods.clone() });
    }
}
