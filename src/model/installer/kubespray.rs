//! Kubespray: the variables and the hosts of one inventory.
//!
//! Defaults are those of `roles/kubespray_defaults`: <https://github.com/kubernetes-sigs/kubespray>.
//! They hold where some file of the inventory sets variables of Kubespray.

use rustc_hash::FxHashMap;

use super::{Cut, DnsField, DomainField, Installer, MaxPodsField, NodeGroup, Plugin};
use crate::ingest::Body;
use crate::ingest::kubespray::{Kubespray, KubesprayVariables};
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "kube_pods_subnet").defines();
const SERVICES: Source = Source::new(Role::Service, "kube_service_addresses").defines();
const PODS_V6: Source = Source::new(Role::Pod, "kube_pods_subnet_ipv6").defines();
const SERVICES_V6: Source = Source::new(Role::Service, "kube_service_addresses_ipv6").defines();
const IP: Source = Source::new(Role::Node, "ip").of_kubelet();
const ACCESS_IP: Source = Source::new(Role::Node, "access_ip");
const ANSIBLE_HOST: Source = Source::new(Role::Node, "ansible_host");
const LOAD_BALANCER: Source =
    Source::new(Role::Node, "loadbalancer_apiserver.address").called("control-plane endpoint");
const VIRTUAL_ADDRESS: Source =
    Source::new(Role::Node, "kube_vip_address").called("control-plane endpoint");
const DNS: Source = Source::new(Role::Dns, "skydns_server");
const DOMAIN: Source = Source::new(Role::Dns, "dns_domain").defines().called("cluster domain");

const MASK_FIELDS: [&str; 2] = ["kube_network_node_prefix", "kube_network_node_prefix_ipv6"];

/// One for each inventory.
pub fn installers<'a>(objects: &[Object<'a>]) -> Vec<Installer<'a>> {
    let mut inventories: Vec<Vec<(Object<'a>, &'a Kubespray)>> = Vec::new();
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    for object in objects {
        let Body::Kubespray(part) = object.body() else { continue };
        let index = *known.entry(part.inventory.as_str()).or_insert(inventories.len());
        if index == inventories.len() {
            inventories.push(Vec::new());
        }
        inventories[index].push((*object, part));
    }
    inventories.iter().map(|parts| installer(parts)).collect()
}

fn installer<'a>(parts: &[(Object<'a>, &'a Kubespray)]) -> Installer<'a> {
    let with_variables = parts.iter().find(|(_, part)| part.hosts.is_empty());
    let mut installer = Installer::new(with_variables.unwrap_or(&parts[0]).0);
    if with_variables.is_some() {
        variables(&mut installer, parts);
    }
    for host in parts.iter().flat_map(|(_, part)| &part.hosts).filter(|host| host.is_node) {
        let name = host.name.value.as_str();
        installer.nodes.push(NodeGroup::named(name, host.name.span));
        installer.address(IP, &host.ip, Some(name));
        installer.address(ACCESS_IP, &host.access_ip, Some(name));
        // How Ansible reaches a host may be a port of another one.
        if host.ip.is_absent() && host.access_ip.is_absent() {
            installer.address(ANSIBLE_HOST, &host.ansible_host, Some(name));
        }
    }
    installer.lists_all_nodes = !installer.nodes.is_empty();
    installer
}

fn variables<'a>(installer: &mut Installer<'a>, parts: &[(Object<'a>, &'a Kubespray)]) {
    let stated = Stated(parts);
    installer.range(PODS, &stated.get(|it| &it.kube_pods_subnet), &["10.233.64.0/18"]);
    installer.range(SERVICES, &stated.get(|it| &it.kube_service_addresses), &["10.233.0.0/18"]);
    installer.node_ports = stated.get(|it| &it.kube_apiserver_node_port_range);
    let dual = [stated.get(|it| &it.enable_dual_stack_networks), stated.get(|it| &it.ipv6_stack)];
    if dual.iter().any(|switch| switch.value() == Some(&true)) {
        let pods = stated.get(|it| &it.kube_pods_subnet_ipv6);
        installer.range(PODS_V6, &pods, &["fd85:ee78:d8a6:8607::1:0000/112"]);
        let services = stated.get(|it| &it.kube_service_addresses_ipv6);
        installer.range(SERVICES_V6, &services, &["fd85:ee78:d8a6:8607::1000/116"]);
    }
    let masks = [
        stated.get(|it| &it.kube_network_node_prefix),
        stated.get(|it| &it.kube_network_node_prefix_ipv6),
    ];
    let cutter = Cutter::ControllerManager;
    installer.cut = Some(Cut { cutter, masks, fields: MASK_FIELDS, defaults: Some([24, 120]) });
    let (field, value) = ("kubelet_max_pods", stated.get(|it| &it.kubelet_max_pods));
    installer.max_pods = Some(MaxPodsField { field, value, default: 110 });
    installer.plugin = plugin(&stated);
    installer.without_kube_proxy = stated.get(|it| &it.kube_proxy_remove).value() == Some(&true);
    installer.proxy_mode = stated.get(|it| &it.kube_proxy_mode);
    installer.kubernetes_version = stated.borrowed(|it| &it.kube_version).known();
    let versions = [
        (Component::Calico, stated.borrowed(|it| &it.calico_version)),
        (Component::Cilium, stated.borrowed(|it| &it.cilium_version)),
        (Component::Containerd, stated.borrowed(|it| &it.containerd_version)),
        (Component::CoreDns, stated.borrowed(|it| &it.coredns_version)),
        (Component::Etcd, stated.borrowed(|it| &it.etcd_version)),
        (Component::Flannel, stated.borrowed(|it| &it.flannel_version)),
    ];
    for (component, field) in versions {
        installer.version(component, field);
    }
    installer.nodes_run_docker =
        stated.get(|it| &it.container_manager).value().is_some_and(|name| name == "docker");
    let dns = stated.get(|it| &it.skydns_server);
    installer.dns = dns.known().map(|address| DnsField {
        source: DNS,
        items: vec![address.clone()],
        default: None,
    });
    // The domain is the cluster's name, and the sample says so with a template.
    let value = match stated.get(|it| &it.dns_domain) {
        Field::Known(domain) => Field::Known(domain),
        Field::Absent | Field::Unknown(_) => stated.get(|it| &it.cluster_name),
    };
    installer.domain = Some(DomainField { source: DOMAIN, value, default: "cluster.local" });
    let balancer = stated.get(|it| &it.loadbalancer_apiserver);
    installer.address(LOAD_BALANCER, &balancer.then(|it| &it.address), None);
    installer.address(VIRTUAL_ADDRESS, &stated.get(|it| &it.kube_vip_address), None);
}

fn plugin<'a>(stated: &Stated<'_, 'a>) -> Plugin<'a> {
    match stated.borrowed(|it| &it.kube_network_plugin) {
        Field::Absent => Plugin::Named("calico"),
        Field::Unknown(_) => Plugin::Unknown,
        Field::Known(name) => match name.as_str() {
            "cni" | "cloud" | "custom_cni" | "none" => Plugin::None,
            name => Plugin::Named(name),
        },
    }
}

/// The files of an inventory; of several that set a variable the last one counts. Which one that
/// is for Ansible depends on its groups, so if they differ nobody knows.
struct Stated<'p, 'a>(&'p [(Object<'a>, &'a Kubespray)]);

impl<'a> Stated<'_, 'a> {
    fn borrowed<T: PartialEq>(
        &self,
        field: impl Fn(&'a KubesprayVariables) -> &'a Field<T>,
    ) -> &'a Field<T> {
        let mut found = self.0.iter().map(|(_, part)| field(&part.variables));
        let last = found.clone().rev().find(|field| !field.is_absent());
        last.unwrap_or_else(|| found.next().expect("internal error: an inventory without a file"))
    }

    fn get<T: Clone + PartialEq + 'a>(
        &self,
        field: impl Fn(&'a KubesprayVariables) -> &'a Field<T>,
    ) -> Field<T> {
        let values = || self.0.iter().map(|(_, part)| field(&part.variables));
        let last = self.borrowed(&field);
        let differs = |other: &&Field<T>| !other.is_absent() && other.value() != last.value();
        match (values().find(differs), last.span()) {
            (Some(_), Some(span)) => Field::Unknown(span),
            _ => last.clone(),
        }
    }
}
