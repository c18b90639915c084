//! OpenShift: what its installer is told, and its operator's Network.
//!
//! Defaults are those of the installer: `pkg/types/defaults/installconfig.go`,
//! <https://github.com/openshift/installer>. Where a field of an older version stands instead,
//! nothing is known.

use super::{Cut, Installer, NodeGroup, Plugin, RangeField, RangeValue};
use crate::ingest::List;
use crate::ingest::openshift::{ClusterNetwork, InstallConfig, NetworkSpec, Networking, OpenShift};
use crate::model::Object;
use crate::model::addresses::{Family, Role, Source, range};
use crate::model::capacity::Cutter;
use crate::source::Spanned;
use crate::syntax::decode::Field;

const PODS: Source =
    Source::new(Role::Pod, "networking.clusterNetwork").defines().takes_any_number();
const SERVICES: Source = Source::new(Role::Service, "networking.serviceNetwork").defines();
const MACHINES: Source = Source::new(Role::NodeNetwork, "networking.machineNetwork");
const OPERATOR_PODS: Source =
    Source::new(Role::Pod, "spec.clusterNetwork").defines().takes_any_number();
const OPERATOR_SERVICES: Source = Source::new(Role::Service, "spec.serviceNetwork").defines();

const DEFAULT_PODS: &[&str] = &["10.128.0.0/14"];
const DEFAULT_SERVICES: &[&str] = &["172.30.0.0/16"];
const DEFAULT_MACHINES: &[&str] = &["10.0.0.0/16"];

/// Of IPv4 and of IPv6.
const DEFAULT_HOST_PREFIXES: [u8; 2] = [23, 64];

pub fn installer<'a>(object: Object<'a>, openshift: &'a OpenShift) -> Installer<'a> {
    let mut installer = Installer::new(object);
    match openshift {
        OpenShift::InstallConfig(config) => install_config(&mut installer, config),
        OpenShift::Network(network) => operator(&mut installer, network),
        // It says nothing about ranges and nodes.
        OpenShift::Dns(_) => {}
    }
    installer
}

fn install_config<'a>(installer: &mut Installer<'a>, config: &'a InstallConfig) {
    let none = Networking::default();
    let networking = match &config.networking {
        Field::Known(networking) => &networking.value,
        Field::Absent => &none,
        Field::Unknown(_) => return,
    };
    let default = |old: bool, ranges: &'static [&'static str]| if old { &[] } else { ranges };
    let old_pods = !networking.old_cluster_networks.is_absent();
    pods(installer, PODS, &networking.cluster_network, default(old_pods, DEFAULT_PODS));
    let old_services = !networking.old_service_cidr.is_absent();
    let services = default(old_services, DEFAULT_SERVICES);
    installer.range_list(SERVICES, &networking.service_network, services);
    let old_machines = !networking.old_machine_cidr.is_absent();
    match networking.machine_network.items() {
        [] => installer.range(MACHINES, &Field::Absent, default(old_machines, DEFAULT_MACHINES)),
        networks => {
            for network in networks.iter().filter_map(Field::value) {
                installer.range(MACHINES, &network.cidr, &[]);
            }
        }
    }
    installer.plugin = plugin(&networking.network_type);
    let pools = std::iter::once(&config.control_plane).chain(config.compute.items());
    for (index, pool) in pools.filter_map(Field::value).enumerate() {
        let name = pool.name.value().map_or("machines", String::as_str);
        if let Some(size) = pool.replicas.known() {
            // Pools of one name are several all the same.
            let name = if index == 0 { name.to_owned() } else { format!("{name} {index}") };
            installer.nodes.extend(NodeGroup::sized(name, size));
        }
    }
}

fn operator<'a>(installer: &mut Installer<'a>, network: &'a NetworkSpec) {
    pods(installer, OPERATOR_PODS, &network.cluster_network, &[]);
    installer.range_list(OPERATOR_SERVICES, &network.service_network, &[]);
    let kind = network.default_network.then(|network| &network.kind);
    installer.plugin = if kind.is_absent() { Plugin::Unstated } else { plugin(&kind) };
}

/// Ranges, each with the length of the prefix that a node gets.
fn pods(
    installer: &mut Installer<'_>,
    source: Source,
    networks: &List<ClusterNetwork>,
    default: &'static [&'static str],
) {
    let networks_span = networks.span();
    let known: Vec<&ClusterNetwork> = networks.items().iter().filter_map(Field::value).collect();
    let items: Option<Vec<Spanned<String>>> =
        known.iter().map(|network| network.cidr.known().cloned()).collect();
    let value = match (items, networks_span) {
        _ if networks.is_unknown() || known.len() < networks.items().len() => RangeValue::Unknown,
        (None, _) => RangeValue::Unknown,
        (Some(items), Some(span)) if !items.is_empty() => RangeValue::Written { span, items },
        _ if default.is_empty() => return,
        _ => RangeValue::Default(default),
    };
    installer.ranges.push(RangeField { source, value });
    installer.cut = Some(Cut {
        cutter: Cutter::OpenShift,
        masks: Family::ALL.map(|family| host_prefix(&known, family)),
        fields: ["hostPrefix"; 2],
        defaults: Some(DEFAULT_HOST_PREFIXES),
    });
}

/// That of the ranges of a family, when they agree.
fn host_prefix(networks: &[&ClusterNetwork], family: Family) -> Field<i64> {
    let of_family = |network: &&&ClusterNetwork| {
        let cidr = network.cidr.value().and_then(|text| range::parse_cidr(text.trim()).ok());
        cidr.is_some_and(|cidr| Family::of(cidr.address) == family)
    };
    let mut prefixes = networks.iter().filter(of_family).map(|network| &network.host_prefix);
    let Some(first) = prefixes.next() else { return Field::Absent };
    let differs = prefixes.find(|prefix| prefix.value() != first.value());
    match differs.and_then(|prefix| prefix.span().or(first.span())) {
        Some(span) => Field::Unknown(span),
        None => first.clone(),
    }
}

/// By the names that the model has for plugins.
fn plugin(kind: &Field<String>) -> Plugin<'static> {
    match kind {
        Field::Known(kind) if kind.eq_ignore_ascii_case("calico") => Plugin::Named("calico"),
        Field::Known(kind) if kind.eq_ignore_ascii_case("cilium") => Plugin::Named("cilium"),
        Field::Known(_) | Field::Absent => Plugin::Named("OVNKubernetes"),
        Field::Unknown(_) => Plugin::Unknown,
    }
}
