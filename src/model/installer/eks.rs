//! Amazon EKS, as eksctl makes it, and as its nodes are told.
//!
//! Pods have addresses of the VPC; a plugin of somebody else's may be installed later, and nobody
//! sees that here. Which range Services get when none is written, EKS decides.

use std::borrow::Cow;

use super::{Installer, Instances, MaxPodsField, Plugin, Provider};
use crate::ingest::eks::{ClusterConfig, Eks, NodeConfig, NodeGroup, Subnets};
use crate::ingest::flags;
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::image::Component;
use crate::source::Spanned;
use crate::syntax::decode::Field;

const SERVICES: Source =
    Source::new(Role::Service, "kubernetesNetworkConfig.serviceIPv4CIDR").defines();
const VPC: Source = Source::new(Role::NodeNetwork, "vpc.cidr");
const MORE_OF_VPC: Source = Source::new(Role::NodeNetwork, "vpc.extraCIDRs");
const SUBNET: Source = Source::new(Role::NodeNetwork, "vpc.subnets");
const REMOTE_NODES: Source =
    Source::new(Role::NodeNetwork, "remoteNetworkConfig.remoteNodeNetworks");
const REMOTE_PODS: Source =
    Source::new(Role::Pod, "remoteNetworkConfig.remotePodNetworks").extends().takes_any_number();
const NODE_SERVICES: Source =
    Source::new(Role::Service, "spec.cluster.cidr").repeats().called("service range of a node");
const NODE_DNS: Source = Source::new(Role::Dns, "spec.kubelet.config.clusterDNS");

pub fn installer<'a>(object: Object<'a>, eks: &'a Eks) -> Installer<'a> {
    let mut installer = Installer::new(object);
    installer.provider = Some(Provider::Eks);
    installer.pods_share_node_network = true;
    installer.plugin = Plugin::Named("aws-vpc-cni");
    match eks {
        Eks::Eksctl(config) => eksctl(&mut installer, config),
        Eks::NodeConfig(config) => node(&mut installer, config),
    }
    installer
}

fn eksctl<'a>(installer: &mut Installer<'a>, config: &'a ClusterConfig) {
    let network = &config.kubernetes_network_config;
    installer.range(SERVICES, &network.then(|it| &it.service_ipv4_cidr), &[]);
    let vpc = &config.vpc;
    // It makes a network of its own, unless one is named.
    let makes = !vpc.is_unknown()
        && vpc.value().is_none_or(|vpc| vpc.id.is_absent() && vpc.subnets.is_absent());
    let default: &[&str] = if makes { &["192.168.0.0/16"] } else { &[] };
    installer.range(VPC, &vpc.then(|it| &it.cidr), default);
    installer.range_list(MORE_OF_VPC, &vpc.then(|it| &it.extra_cidrs), &[]);
    if let Some(Subnets { private, public }) = vpc.value().and_then(|vpc| vpc.subnets.value()) {
        let zones = [private, public].into_iter().filter_map(Field::value);
        for subnet in zones.flat_map(|zones| zones.values()).filter_map(Field::value) {
            installer.range(SUBNET, &subnet.cidr, &[]);
        }
    }
    if let Some(remote) = config.remote_network_config.value() {
        let networks = [
            (REMOTE_NODES, &remote.remote_node_networks),
            (REMOTE_PODS, &remote.remote_pod_networks),
        ];
        for (source, networks) in networks {
            for network in networks.items().iter().filter_map(Field::value) {
                installer.range_list(source, &network.cidrs, &[]);
            }
        }
    }
    let version = config.metadata.value().and_then(|metadata| metadata.version.known());
    installer.kubernetes_version = version;
    installer.instances.extend(config.groups().filter_map(instances));
    // Of IPv6 an interface always gets a prefix.
    let family = network.then(|it| &it.ip_family);
    let is_ipv6 = family.value().is_some_and(|family| family.eq_ignore_ascii_case("IPv6"));
    let mut addons = config.addons.items().iter().filter_map(Field::value);
    for addon in addons.clone() {
        let component = match addon.name.value().map_or("", String::as_str) {
            "coredns" => Component::CoreDns,
            "kube-proxy" => Component::KubeProxy,
            "vpc-cni" => Component::AwsVpcCni,
            _ => continue,
        };
        installer.version(component, &addon.version);
    }
    installer.prefix_delegation = is_ipv6
        || addons.any(|addon| {
            let values = &addon.configuration_values;
            values.is_unknown() || values.value().is_some_and(|it| it.contains("PREFIX_DELEGATION"))
        });
}

/// A group whose machines are of types that are all written.
fn instances(group: &NodeGroup) -> Option<Instances<'_>> {
    let distributed = !group.instances_distribution.is_absent();
    let types = group.instance_types.items().iter().chain(std::iter::once(&group.instance_type));
    let known: Option<Vec<&Spanned<String>>> =
        types.filter(|field| !field.is_absent()).map(Field::known).collect();
    let machines = known.filter(|types| !distributed && !types.is_empty())?;
    Some(Instances { machines, max_pods: group.max_pods_per_node.known()?.clone() })
}

fn node<'a>(installer: &mut Installer<'a>, config: &'a NodeConfig) {
    installer.range(NODE_SERVICES, &config.cluster.then(|cluster| &cluster.cidr), &[]);
    let Some(kubelet) = config.kubelet.value() else { return };
    let flags = flags::of_command(kubelet.flags.items());
    installer.flags.push((Component::Kubelet, Cow::Owned(flags)));
    let Some(settings) = kubelet.config.value() else { return };
    let dns = settings.cluster_dns.items().iter().filter_map(Field::known);
    installer.dns_if_written(NODE_DNS, dns.cloned().collect());
    if settings.max_pods.known().is_some() {
        let field = "spec.kubelet.config.maxPods";
        let value = settings.max_pods.clone();
        installer.max_pods = Some(MaxPodsField { field, value, default: 110 });
    }
}
