//! Talos: the files of its machines, patches for them, and talhelper's file.
//!
//! Defaults are those of `pkg/machinery/constants/constants.go`:
//! <https://github.com/siderolabs/talos>. They count for the whole configuration of a machine of
//! the control plane, which is what sets up the cluster; never for a patch.

use std::borrow::Cow;

use super::{AddressField, Cut, DnsField, DomainField, Installer, MaxPodsField, NodeGroup, Plugin};
use crate::ingest::talos::{
    Cni, Interface, LinkDocument, Machine, MachineFile, Talhelper, Talos, Vip, Vlan,
};
use crate::ingest::{Body, List};
use crate::model::Object;
use crate::model::addresses::{Role, Source};
use crate::model::capacity::Cutter;
use crate::model::image::Component;
use crate::source::Spanned;
use crate::syntax::decode::Field;

const PODS: Source = Source::new(Role::Pod, "cluster.network.podSubnets").defines();
const SERVICES: Source = Source::new(Role::Service, "cluster.network.serviceSubnets").defines();
const DNS: Source = Source::new(Role::Dns, "machine.kubelet.clusterDNS");
const DOMAIN: Source =
    Source::new(Role::Dns, "cluster.network.dnsDomain").defines().called("cluster domain");
const ENDPOINT: Source =
    Source::new(Role::Node, "cluster.controlPlane.endpoint").called("control-plane endpoint");
const ADDRESS: Source = Source::new(Role::Node, "interfaces[].addresses");
const NETWORK: Source =
    Source::new(Role::NodeNetwork, "addresses").called("network of a node").takes_host_bits();
const VALID_SUBNETS: Source = Source::new(Role::NodeNetwork, "nodeIP.validSubnets");
const VIP: Source = Source::new(Role::Node, "vip.ip").called("virtual address");
const VIP_DOCUMENT: Source = Source::new(Role::Node, "Layer2VIPConfig").called("virtual address");

const TALHELPER_PODS: Source = Source::new(Role::Pod, "clusterPodNets").defines();
const TALHELPER_SERVICES: Source = Source::new(Role::Service, "clusterSvcNets").defines();
const TALHELPER_DOMAIN: Source =
    Source::new(Role::Dns, "domain").defines().called("cluster domain");
const TALHELPER_ENDPOINT: Source =
    Source::new(Role::Node, "endpoint").called("control-plane endpoint");
const TALHELPER_ADDRESS: Source = Source::new(Role::Node, "nodes[].ipAddress");

const DEFAULT_PODS: &[&str] = &["10.244.0.0/16"];
const DEFAULT_SERVICES: &[&str] = &["10.96.0.0/12"];

const MASK_FIELDS: [&str; 2] = [
    "node-cidr-mask-size-ipv4 in cluster.controllerManager.extraArgs",
    "node-cidr-mask-size-ipv6 in cluster.controllerManager.extraArgs",
];

/// `objects` are all of the cluster: patches may be among them.
pub fn installer<'a>(
    object: Object<'a>,
    talos: &'a Talos,
    objects: &[Object<'a>],
) -> Installer<'a> {
    let mut installer = Installer::new(object);
    match talos {
        Talos::Machine(file) => machine_file(&mut installer, file),
        Talos::Link(link) => link_document(&mut installer, link),
        Talos::Vip(address) => installer.address(VIP_DOCUMENT, address, None),
        Talos::Talhelper(talhelper) => self::talhelper(&mut installer, talhelper, objects),
    }
    installer
}

fn machine_file<'a>(installer: &mut Installer<'a>, file: &'a MachineFile) {
    let network = file.network();
    let decides = file.is_whole() && file.is_control_plane();
    let default = |ranges: &'static [&'static str]| if decides { ranges } else { &[] };
    installer.range_list(PODS, &network.then(|it| &it.pod_subnets), default(DEFAULT_PODS));
    let services = network.then(|it| &it.service_subnets);
    installer.range_list(SERVICES, &services, default(DEFAULT_SERVICES));
    let value = network.then(|it| &it.dns_domain);
    if decides || !value.is_absent() {
        installer.domain = Some(DomainField { source: DOMAIN, value, default: "cluster.local" });
    }
    if decides {
        installer.cut = Some(cut());
    }
    installer.plugin = plugin(&network.then(|it| &it.cni), decides);

    if let Some(cluster) = file.cluster.value() {
        let endpoint = cluster.control_plane.then(|plane| &plane.endpoint);
        installer.endpoint(ENDPOINT, &endpoint);
        let proxy = &cluster.proxy;
        installer.without_kube_proxy = proxy.then(|it| &it.disabled).value() == Some(&true);
        installer.proxy_mode = proxy.then(|it| &it.mode);
        let images = [
            (Component::KubeApiserver, &cluster.api_server),
            (Component::KubeControllerManager, &cluster.controller_manager),
            (Component::KubeScheduler, &cluster.scheduler),
            (Component::KubeProxy, &cluster.proxy),
            (Component::Etcd, &cluster.etcd),
        ];
        for (component, part) in images {
            if let Some(part) = part.value() {
                installer.version(component, &part.image);
            }
        }
    }
    let args = [
        (Component::KubeApiserver, &file.flags.api_server),
        (Component::KubeControllerManager, &file.flags.controller_manager),
        (Component::KubeProxy, &file.flags.kube_proxy),
        (Component::Kubelet, &file.flags.kubelet),
    ];
    installer.flags = args.map(|(component, args)| (component, Cow::Borrowed(&args.flags))).into();
    if let Some(machine) = file.machine.value() {
        self::machine(installer, machine);
    }
}

fn machine<'a>(installer: &mut Installer<'a>, machine: &'a Machine) {
    let network = machine.network.value();
    let hostname = network.and_then(|network| network.hostname.known());
    let name = hostname.map(|hostname| hostname.value.as_str());
    installer.nodes.extend(hostname.map(|name| NodeGroup::named(&name.value, name.span)));
    let interfaces = network.map_or(&[][..], |network| network.interfaces.items());
    // Several may be in networks of their own, with the same addresses on every machine.
    let name = name.filter(|_| interfaces.len() == 1);
    for interface in interfaces.iter().filter_map(Field::value) {
        self::interface(installer, interface, name);
    }
    let Some(kubelet) = machine.kubelet.value() else { return };
    installer.version(Component::Kubelet, &kubelet.image);
    installer.dns = dns(&kubelet.cluster_dns);
    let subnets = kubelet.node_ip.then(|node_ip| &node_ip.valid_subnets);
    for subnet in subnets.items().iter().filter_map(Field::known) {
        // A subnet after a `!` is one that the node's address is not taken from.
        if !subnet.starts_with('!') {
            installer.one_range(VALID_SUBNETS, subnet);
        }
    }
    let config = kubelet.extra_config.value();
    installer.max_pods = config.map(|config| &config.max_pods).and_then(max_pods);
}

fn max_pods(value: &Field<i64>) -> Option<MaxPodsField> {
    let field = "machine.kubelet.extraConfig.maxPods";
    let value = Field::Known(value.known()?.clone());
    Some(MaxPodsField { field, value, default: 110 })
}

fn dns(addresses: &List<String>) -> Option<DnsField> {
    let items: Vec<_> = addresses.items().iter().filter_map(Field::known).cloned().collect();
    (!items.is_empty()).then_some(DnsField { source: DNS, items, default: None })
}

fn interface<'a>(installer: &mut Installer<'a>, interface: &'a Interface, node: Option<&'a str>) {
    // What lies on the loopback interface or on a made-up one is no network of the node's.
    let local = |name: &String| name == "lo" || name.starts_with("dummy");
    let ignored = interface.ignore.value() == Some(&true);
    if ignored || interface.interface.value().is_some_and(local) {
        return;
    }
    let cidr = std::iter::once(&interface.cidr);
    addresses(installer, interface.addresses.items().iter().chain(cidr), node);
    vip(installer, &interface.vip);
    for vlan in interface.vlans.items().iter().filter_map(Field::value) {
        let Vlan { addresses: own, vip: own_vip, .. } = vlan;
        addresses(installer, own.items(), node);
        vip(installer, own_vip);
    }
}

/// Addresses with the prefix of their network, or without.
fn addresses<'a>(
    installer: &mut Installer<'a>,
    fields: impl IntoIterator<Item = &'a Field<String>>,
    node: Option<&'a str>,
) {
    for text in fields.into_iter().filter_map(Field::known) {
        let Some((address, length)) = text.split_once('/') else {
            let (text, is_endpoint) = (text.clone(), false);
            installer.addresses.push(AddressField { source: ADDRESS, text, is_endpoint, node });
            continue;
        };
        let text_of_address = Spanned::new(address.to_owned(), text.part(0..address.len()));
        // A single address may stand for several machines, of which one answers at a time.
        let is_single = matches!(length, "32" | "128");
        let node = node.filter(|_| !is_single);
        installer.addresses.push(AddressField {
            source: ADDRESS,
            text: text_of_address,
            is_endpoint: false,
            node,
        });
        if !is_single {
            installer.one_range(NETWORK, text);
        }
    }
}

fn vip(installer: &mut Installer<'_>, vip: &Field<Vip>) {
    installer.address(VIP, &vip.then(|vip| &vip.ip), None);
}

fn link_document<'a>(installer: &mut Installer<'a>, link: &'a LinkDocument) {
    if link.name.value().is_some_and(|name| name == "lo" || name.starts_with("dummy")) {
        return;
    }
    let fields = link.addresses.items().iter().filter_map(Field::value);
    addresses(installer, fields.map(|item| &item.address), None);
}

fn talhelper<'a>(installer: &mut Installer<'a>, talhelper: &'a Talhelper, objects: &[Object<'a>]) {
    // Where patches lie in files of their own, those have to be in view.
    let decides = !talhelper.is_patched || objects.iter().any(|other| is_patch(*other));
    let default = |ranges: &'static [&'static str]| if decides { ranges } else { &[] };
    installer.range_list(TALHELPER_PODS, &talhelper.cluster_pod_nets, default(DEFAULT_PODS));
    let services = &talhelper.cluster_svc_nets;
    installer.range_list(TALHELPER_SERVICES, services, default(DEFAULT_SERVICES));
    let value = talhelper.domain.clone();
    if decides || !value.is_absent() {
        let source = TALHELPER_DOMAIN;
        installer.domain = Some(DomainField { source, value, default: "cluster.local" });
        installer.cut = Some(cut());
    }
    installer.plugin = plugin(&talhelper.cni_config, decides);
    installer.kubernetes_version = talhelper.kubernetes_version.known();
    installer.endpoint(TALHELPER_ENDPOINT, &talhelper.endpoint);
    for node in talhelper.nodes.items().iter().filter_map(Field::value) {
        let name = node.hostname.known();
        installer.nodes.extend(name.map(|name| NodeGroup::named(&name.value, name.span)));
        let name = name.map(|name| name.value.as_str());
        if let Some(text) = node.ip_address.known() {
            for text in text.split(&[',']) {
                let (source, is_endpoint) = (TALHELPER_ADDRESS, false);
                installer.addresses.push(AddressField { source, text, is_endpoint, node: name });
            }
        }
        let interfaces = node.network_interfaces.items();
        let name = name.filter(|_| interfaces.len() == 1);
        for interface in interfaces.iter().filter_map(Field::value) {
            self::interface(installer, interface, name);
        }
    }
    let nodes = talhelper.nodes.items();
    installer.lists_all_nodes = !nodes.is_empty() && installer.nodes.len() == nodes.len();
}

fn is_patch(object: Object<'_>) -> bool {
    matches!(object.body(), Body::Talos(Talos::Machine(file)) if !file.is_whole())
}

/// The controller manager cuts the ranges for every plugin.
fn cut() -> Cut {
    Cut {
        cutter: Cutter::ControllerManager,
        masks: [Field::Absent, Field::Absent],
        fields: MASK_FIELDS,
        defaults: None,
    }
}

/// Flannel, unless something else is said where it is decided.
fn plugin<'a>(cni: &Field<Cni>, decides: bool) -> Plugin<'a> {
    let name = cni.then(|cni| &cni.name);
    match &name {
        Field::Known(name) if name.value == "flannel" => Plugin::Named("flannel"),
        Field::Known(_) => Plugin::None,
        Field::Absent if decides => Plugin::Named("flannel"),
        Field::Absent => Plugin::Unstated,
        Field::Unknown(_) => Plugin::Unknown,
    }
}
