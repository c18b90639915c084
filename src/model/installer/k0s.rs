//! k0s, also as k0sctl installs it.
//!
//! Defaults are those of `pkg/apis/k0s/v1beta1/network.go`: <https://github.com/k0sproject/k0s>.

use std::borrow::Cow;

use super::{Cut, DomainField, Installer, MaxPodsField, NodeGroup, Plugin, RangeValue};
use crate::ingest::k0s::{K0sCluster, K0sNetwork, K0sSpec};
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "spec.network.podCIDR").defines();
const SERVICES: Source = Source::new(Role::Service, "spec.network.serviceCIDR").defines();
const PODS_V6: Source = Source::new(Role::Pod, "spec.network.dualStack.IPv6podCIDR").defines();
const SERVICES_V6: Source =
    Source::new(Role::Service, "spec.network.dualStack.IPv6serviceCIDR").defines();
const DOMAIN: Source =
    Source::new(Role::Dns, "spec.network.clusterDomain").defines().called("cluster domain");
const API_ADDRESS: Source =
    Source::new(Role::Node, "spec.api.address").called("API server address").of_api_server();
const EXTERNAL_ADDRESS: Source =
    Source::new(Role::Node, "spec.api.externalAddress").called("control-plane endpoint");
const HOST_ADDRESS: Source = Source::new(Role::Node, "spec.hosts[].ssh.address");
const PRIVATE_ADDRESS: Source = Source::new(Role::Node, "spec.hosts[].privateAddress");

const MASK_FIELDS: [&str; 2] = [
    "node-cidr-mask-size-ipv4 in spec.controllerManager.extraArgs",
    "node-cidr-mask-size-ipv6 in spec.controllerManager.extraArgs",
];

pub fn installer<'a>(object: Object<'a>, cluster: &'a K0sCluster) -> Installer<'a> {
    let mut installer = Installer::new(object);
    if let Some(spec) = &cluster.spec {
        configuration(&mut installer, spec);
    }
    for host in cluster.hosts.items().iter().filter_map(Field::value) {
        let connection = |of: &Field<crate::ingest::k0s::K0sConnection>| of.then(|it| &it.address);
        let address = match connection(&host.ssh) {
            Field::Absent => connection(&host.open_ssh),
            address => address,
        };
        let known = host.ssh.value().or(host.open_ssh.value()).and_then(|it| it.address.known());
        let name = host.hostname.known().or(known);
        let text = name.map(|name| name.value.as_str());
        // Without a worker, a controller runs no pods and is no node.
        let is_node = host.role.value().is_none_or(|role| role != "controller");
        let group = name.map(|name| NodeGroup::named(name, name.span));
        installer.nodes.extend(group.filter(|_| is_node));
        installer.address(HOST_ADDRESS, &address, text);
        installer.address(PRIVATE_ADDRESS, &host.private_address, text);
    }
    installer.lists_all_nodes = !installer.nodes.is_empty();
    installer.kubernetes_version = cluster.version.known();
    installer.flags = [
        (Component::KubeApiserver, &cluster.api_server_args),
        (Component::KubeControllerManager, &cluster.controller_manager_args),
    ]
    .map(|(component, args)| (component, Cow::Borrowed(&args.flags)))
    .into();
    installer
}

fn configuration<'a>(installer: &mut Installer<'a>, spec: &'a K0sSpec) {
    let network = &spec.network;
    installer.range(PODS, &network.then(|it| &it.pod_cidr), &["10.244.0.0/16"]);
    installer.range(SERVICES, &network.then(|it| &it.service_cidr), &["10.96.0.0/12"]);
    let dual = network.then(|it| &it.dual_stack);
    let enabled = dual.then(|it| &it.enabled);
    if enabled.value() == Some(&true) {
        installer.range(PODS_V6, &dual.then(|it| &it.pod_cidr), &[]);
        installer.range(SERVICES_V6, &dual.then(|it| &it.service_cidr), &[]);
    } else if enabled.is_unknown() {
        installer.ranges.iter_mut().for_each(|field| field.value = RangeValue::Unknown);
    }
    let value = network.then(|it| &it.cluster_domain);
    installer.domain = Some(DomainField { source: DOMAIN, value, default: "cluster.local" });
    installer.address(API_ADDRESS, &spec.api.then(|api| &api.address), None);
    installer.endpoint(EXTERNAL_ADDRESS, &spec.api.then(|api| &api.external_address));

    let (cutter, masks) = (Cutter::ControllerManager, [Field::Absent, Field::Absent]);
    installer.cut = Some(Cut { cutter, masks, fields: MASK_FIELDS, defaults: None });
    let (field, value) = ("maxPods", Field::Absent);
    installer.max_pods = Some(MaxPodsField { field, value, default: 110 });
    installer.plugin = plugin(network);
    let proxy = network.then(|it| &it.kube_proxy);
    installer.without_kube_proxy = proxy.then(|it| &it.disabled).value() == Some(&true);
    installer.proxy_mode = proxy.then(|it| &it.mode);
}

fn plugin<'a>(network: &Field<K0sNetwork>) -> Plugin<'a> {
    match network.then(|it| &it.provider) {
        Field::Absent => Plugin::Named("kube-router"),
        Field::Unknown(_) => Plugin::Unknown,
        Field::Known(provider) => match provider.as_str() {
            "kuberouter" => Plugin::Named("kube-router"),
            "calico" => Plugin::Named("calico"),
            "custom" => Plugin::None,
            _ => Plugin::Unknown,
        },
    }
}
