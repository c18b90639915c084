//! RKE, Rancher's first installer.
//!
//! Defaults are those of `cluster/defaults.go`: <https://github.com/rancher/rke>.

use std::borrow::Cow;

use super::{Cut, DnsField, DomainField, Installer, MaxPodsField, NodeGroup, Plugin};
use crate::ingest::rke::RkeCluster;
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "services.kube-controller.cluster_cidr").defines();
const SERVICES: Source =
    Source::new(Role::Service, "services.kube-api.service_cluster_ip_range").defines();
const CONTROLLER_SERVICES: Source =
    Source::new(Role::Service, "services.kube-controller.service_cluster_ip_range")
        .repeats()
        .called("controller manager's service range");
const ADDRESS: Source = Source::new(Role::Node, "nodes[].address");
const INTERNAL_ADDRESS: Source = Source::new(Role::Node, "nodes[].internal_address");
const DNS: Source = Source::new(Role::Dns, "services.kubelet.cluster_dns_server");
const DOMAIN: Source =
    Source::new(Role::Dns, "services.kubelet.cluster_domain").defines().called("cluster domain");

const MASK_FIELDS: [&str; 2] = [
    "node-cidr-mask-size-ipv4 in services.kube-controller.extra_args",
    "node-cidr-mask-size-ipv6 in services.kube-controller.extra_args",
];

pub fn installer<'a>(object: Object<'a>, cluster: &'a RkeCluster) -> Installer<'a> {
    let mut installer = Installer::new(object);
    let services = &cluster.services;
    let (api, controller, kubelet) = (
        services.then(|services| &services.kube_api),
        services.then(|services| &services.kube_controller),
        services.then(|services| &services.kubelet),
    );
    installer.range(PODS, &controller.then(|it| &it.cluster_cidr), &["10.42.0.0/16"]);
    installer.range(SERVICES, &api.then(|it| &it.service_cluster_ip_range), &["10.43.0.0/16"]);
    installer.node_ports = api.then(|it| &it.service_node_port_range);
    installer.range(CONTROLLER_SERVICES, &controller.then(|it| &it.service_cluster_ip_range), &[]);

    let dns = kubelet.then(|it| &it.cluster_dns_server);
    installer.dns = (!dns.is_unknown()).then(|| DnsField {
        source: DNS,
        items: dns.known().cloned().into_iter().collect(),
        default: Some("10.43.0.10"),
    });
    let value = kubelet.then(|it| &it.cluster_domain);
    installer.domain = Some(DomainField { source: DOMAIN, value, default: "cluster.local" });

    for node in cluster.nodes.items().iter().filter_map(Field::value) {
        let names = [&node.hostname_override, &node.address];
        let name = names.into_iter().find_map(Field::known);
        let text = name.map(|name| name.value.as_str());
        installer.nodes.extend(name.map(|name| NodeGroup::named(name, name.span)));
        installer.address(ADDRESS, &node.address, text);
        if node.internal_address.value() != node.address.value() {
            installer.address(INTERNAL_ADDRESS, &node.internal_address, text);
        }
    }
    installer.lists_all_nodes = !cluster.nodes.is_unknown() && !installer.nodes.is_empty();

    installer.cut = Some(Cut {
        cutter: Cutter::ControllerManager,
        masks: [Field::Absent, Field::Absent],
        fields: MASK_FIELDS,
        defaults: None,
    });
    let field = "max-pods in services.kubelet.extra_args";
    installer.max_pods = Some(MaxPodsField { field, value: Field::Absent, default: 110 });
    installer.plugin = match &cluster.network.then(|network| &network.plugin) {
        Field::Absent => Plugin::Named("canal"),
        Field::Unknown(_) => Plugin::Unknown,
        Field::Known(_) => {
            let name = cluster.network.value().and_then(|network| network.plugin.value());
            match name.map_or("", String::as_str) {
                "none" => Plugin::None,
                name => Plugin::Named(name),
            }
        }
    };
    installer.kubernetes_version = cluster.kubernetes_version.known();
    let args = &cluster.extra_args;
    installer.flags = [
        (Component::KubeApiserver, &args.api_server),
        (Component::KubeControllerManager, &args.controller_manager),
        (Component::Kubelet, &args.kubelet),
        (Component::KubeProxy, &args.kube_proxy),
    ]
    .map(|(component, args)| (component, Cow::Borrowed(&args.flags)))
    .into();
    // It runs every component, and pods, with Docker.
    installer.nodes_run_docker = true;
    installer
}
