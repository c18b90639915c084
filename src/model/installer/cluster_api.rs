//! Cluster API, and EKS Anywhere.
//!
//! The bootstrap provider for kubeadm fills `podSubnet`, `serviceSubnet` and `dnsDomain` in from
//! the Cluster where they are empty (`kubeadmconfig_controller.go` of
//! <https://github.com/kubernetes-sigs/cluster-api>); so the Cluster decides, and has no defaults.

use super::{Cut, Installer, NodeGroup, Plugin, Provider};
use crate::ingest::Body;
use crate::ingest::cluster_api::{AwsManaged, Cluster, ClusterApi, EksAnywhere, TopologyMachines};
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::kubernetes::ObjectMeta;
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::source::Spanned;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "clusterNetwork.pods.cidrBlocks").defines();
const SERVICES: Source = Source::new(Role::Service, "clusterNetwork.services.cidrBlocks").defines();
const DOMAIN: Source =
    Source::new(Role::Dns, "clusterNetwork.serviceDomain").defines().called("cluster domain");
const ENDPOINT: Source =
    Source::new(Role::Node, "controlPlaneEndpoint.host").called("control-plane endpoint");
const ANYWHERE_ENDPOINT: Source =
    Source::new(Role::Node, "controlPlaneConfiguration.endpoint.host")
        .called("control-plane endpoint");

/// Of the provider of Cluster API for the cluster autoscaler.
const MAX_SIZE: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";

const MASK_FIELDS: [&str; 2] = [
    "node-cidr-mask-size-ipv4 in the controller manager's extraArgs",
    "node-cidr-mask-size-ipv6 in the controller manager's extraArgs",
];

/// `objects` are all of the cluster: its control plane is another object.
pub fn installer<'a>(
    object: Object<'a>,
    cluster_api: &'a ClusterApi,
    objects: &[Object<'a>],
) -> Installer<'a> {
    let mut installer = Installer::new(object);
    match cluster_api {
        ClusterApi::Cluster(cluster) => self::cluster(&mut installer, cluster, objects),
        ClusterApi::ControlPlane(control_plane) => {
            installer.kubernetes_version = control_plane.version.known();
            nodes(&mut installer, &control_plane.replicas, None);
        }
        ClusterApi::Machines(machines) => {
            nodes(&mut installer, &machines.replicas, Some(&object.resource.metadata));
            if let Some(spec) = machines.template.value().and_then(|it| it.spec.value()) {
                installer.version(Component::Kubelet, &spec.version);
            }
        }
        ClusterApi::AwsManaged(managed) => aws(&mut installer, managed),
        ClusterApi::EksAnywhere(cluster) => anywhere(&mut installer, cluster),
    }
    installer
}

fn cluster<'a>(installer: &mut Installer<'a>, cluster: &'a Cluster, objects: &[Object<'a>]) {
    let network = &cluster.cluster_network;
    let control_plane = cluster.control_plane_ref.value();
    let kind = control_plane.and_then(|control_plane| control_plane.kind.value());
    match kind.map_or("", String::as_str) {
        "AWSManagedControlPlane" => {
            installer.provider = Some(Provider::Eks);
            installer.pods_share_node_network = true;
        }
        "AzureManagedControlPlane" | "AzureASOManagedControlPlane" => {
            installer.provider = Some(Provider::Aks);
        }
        "GCPManagedControlPlane" => installer.pods_share_node_network = true,
        "KubeadmControlPlane" => installer.cut = cut(cluster, objects),
        _ => {}
    }
    // Where pods have addresses of a cloud's network, this one has no effect.
    if !installer.pods_share_node_network {
        let pods = network.then(|network| &network.pods).then(|pods| &pods.cidr_blocks);
        installer.range_list(PODS, &pods, &[]);
    }
    let services = network.then(|network| &network.services).then(|it| &it.cidr_blocks);
    installer.range_list(SERVICES, &services, &[]);
    installer.domain_if_written(DOMAIN, &network.then(|network| &network.service_domain));
    installer.endpoint(ENDPOINT, &cluster.control_plane_endpoint.then(|endpoint| &endpoint.host));
    if let Some(topology) = cluster.topology.value() {
        installer.kubernetes_version = topology.version.known();
        let workers = topology.workers.value();
        let deployments = workers.map_or(&[][..], |it| it.machine_deployments.items());
        let pools = workers.map_or(&[][..], |it| it.machine_pools.items());
        let groups = std::iter::once(&topology.control_plane).chain(deployments).chain(pools);
        for group in groups.filter_map(Field::value) {
            let TopologyMachines { name, replicas, metadata } = group;
            let name = name.value().map_or("control plane", String::as_str);
            let size = max_size(metadata.value()).or_else(|| replicas.known().cloned());
            installer.nodes.extend(size.and_then(|size| NodeGroup::sized(name, &size)));
        }
    }
}

/// How kubeadm has the ranges of nodes cut, when its configuration is in view.
fn cut<'a>(cluster: &'a Cluster, objects: &[Object<'a>]) -> Option<Cut> {
    let name = cluster.control_plane_ref.value()?.name.value()?;
    let kubeadm = objects.iter().find_map(|object| match object.body() {
        Body::Kubeadm(Kubeadm::Cluster(kubeadm)) if kubeadm.is_part && object.name() == name => {
            Some(kubeadm)
        }
        _ => None,
    })?;
    let args = &kubeadm.controller_manager.extra_args;
    let decided_elsewhere = !kubeadm.pod_subnet().is_absent()
        || args.flags.has_unknown
        || args.flags.get("cluster-cidr").is_some()
        || args.value("allocate-node-cidrs").is_some_and(|value| value.value != "true");
    if decided_elsewhere {
        return None;
    }
    let mask = |names: [&str; 2]| {
        let Some(flag) = names.iter().find_map(|name| args.flags.get(name)) else {
            return Field::Absent;
        };
        let length = flag.value.known().and_then(|text| {
            Some(Field::Known(Spanned::new(text.trim().parse().ok()?, text.span)))
        });
        length.unwrap_or(Field::Unknown(flag.name.span))
    };
    Some(Cut {
        cutter: Cutter::Kubeadm,
        masks: [
            mask(["node-cidr-mask-size-ipv4", "node-cidr-mask-size"]),
            mask(["node-cidr-mask-size-ipv6", "node-cidr-mask-size"]),
        ],
        fields: MASK_FIELDS,
        defaults: None,
    })
}

/// As many as there may be.
fn nodes<'a>(installer: &mut Installer<'a>, replicas: &Field<i64>, metadata: Option<&ObjectMeta>) {
    let size = max_size(metadata).or_else(|| replicas.known().cloned());
    let name = installer.object.name();
    installer.nodes.extend(size.and_then(|size| NodeGroup::sized(name, &size)));
}

fn max_size(metadata: Option<&ObjectMeta>) -> Option<Spanned<i64>> {
    let text = metadata?.annotation(MAX_SIZE)?;
    Some(Spanned::new(text.trim().parse().ok()?, text.span))
}

fn aws<'a>(installer: &mut Installer<'a>, managed: &'a AwsManaged) {
    let told = managed.vpc_cni.then(|plugin| &plugin.disable);
    let disabled = [&managed.disable_vpc_cni, &told].iter().any(|it| it.value() == Some(&true));
    installer.provider = Some(Provider::Eks);
    installer.kubernetes_version = managed.version.known();
    installer.pods_share_node_network = !disabled;
    installer.plugin = if disabled { Plugin::None } else { Plugin::Named("aws-vpc-cni") };
}

/// Its Cilium takes the ranges that the control plane gives nodes.
fn anywhere<'a>(installer: &mut Installer<'a>, cluster: &'a EksAnywhere) {
    let network = &cluster.cluster_network;
    let pods = network.then(|network| &network.pods).then(|pods| &pods.cidr_blocks);
    installer.range_list(PODS, &pods, &[]);
    let services = network.then(|network| &network.services).then(|it| &it.cidr_blocks);
    installer.range_list(SERVICES, &services, &[]);
    let mask = network.then(|network| &network.nodes).then(|nodes| &nodes.cidr_mask_size);
    installer.cut = Some(Cut {
        cutter: Cutter::Kubeadm,
        masks: [mask, Field::Absent],
        fields: ["clusterNetwork.nodes.cidrMaskSize"; 2],
        defaults: None,
    });
    installer.kubernetes_version = cluster.kubernetes_version.known();
    let control_plane = &cluster.control_plane_configuration;
    let endpoint = control_plane.then(|it| &it.endpoint).then(|endpoint| &endpoint.host);
    installer.endpoint(ANYWHERE_ENDPOINT, &endpoint);
    let workers = cluster.worker_node_group_configurations.items();
    let groups = std::iter::once(control_plane).chain(workers);
    for (index, group) in groups.filter_map(Field::value).enumerate() {
        installer.version(Component::Kubelet, &group.kubernetes_version);
        let most = group.auto_scaling_configuration.then(|scaling| &scaling.max_count);
        let Some(size) = most.known().or(group.count.known()) else { continue };
        let name = match group.name.value() {
            Some(name) => name.clone(),
            None if index == 0 => "control plane".to_owned(),
            None => format!("node group {index}"),
        };
        installer.nodes.extend(NodeGroup::sized(name, size));
    }
}
