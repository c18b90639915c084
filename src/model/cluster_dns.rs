//! Where the pods of the cluster find DNS.
//!
//! Without better knowledge it is the pods `k8s-app: kube-dns` in `kube-system`, on port 53: so it
//! is with kubeadm, K3s, RKE2, kubespray, EKS, AKS and GKE. The files may show that it is another
//! one; then it is that one. Whatever it may be beside, for all that the files tell, is kept as a
//! server that is not certain, so that a policy that lets pods reach it is not called wrong.

use std::net::IpAddr;

use super::addresses::{Addresses, DnsAddress, IpRange, Role};
use super::image::{Component, ImageRef, component_of};
use super::labels::{LabelValue, Labels};
use super::object::Object;
use super::policies::Policies;
use super::policy_rules::{PeerKind, PortName};
use super::ports::Protocol;
use super::services::Services;
use super::settings::Settings;
use super::workloads::{Workload, Workloads};
use crate::source::Span;
use crate::syntax::decode::Field;

#[derive(Debug, Default)]
pub struct ClusterDns<'a> {
    /// Reaching one of them is enough.
    pub servers: Vec<DnsServer<'a>>,
    /// Ranges that pods have their addresses from; empty when the files do not tell.
    pub pod_ranges: Vec<IpRange>,
    /// Addresses of the Services in front of DNS that the files show.
    pub service_addresses: Vec<IpAddr>,
}

#[derive(Debug)]
pub struct DnsServer<'a> {
    pub reach: Reach<'a>,
    /// Whether the pods' DNS is there for certain, given that the cluster is an ordinary one.
    pub certain: bool,
    /// What in the files tells of it.
    pub evidence: Option<Span>,
    pub kind: ServerKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    /// The usual one, which the files do not show.
    Standard,
    /// CoreDNS as the files show it.
    CoreDns,
    OpenShift,
    NodeLocal,
}

#[derive(Debug)]
pub enum Reach<'a> {
    Pods {
        namespace: &'a str,
        labels: Labels<'a>,
        udp: DnsPort<'a>,
        tcp: DnsPort<'a>,
    },
    /// An address of the node itself.
    Node(IpAddr),
    /// Any other address, from the pod's own `dnsConfig`.
    Address(IpAddr),
}

/// A port that DNS is served on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsPort<'a> {
    pub number: u16,
    pub name: PortName<'a>,
}

impl<'a> Reach<'a> {
    pub fn port(&self, protocol: Protocol) -> DnsPort<'a> {
        match (self, protocol) {
            (Reach::Pods { udp, .. }, Protocol::Udp) => *udp,
            (Reach::Pods { tcp, .. }, _) => *tcp,
            (Reach::Node(_) | Reach::Address(_), _) => {
                DnsPort { number: 53, name: PortName::Absent }
            }
        }
    }
}

pub const KUBE_SYSTEM: &str = "kube-system";
pub const OPENSHIFT_DNS: &str = "openshift-dns";
const OPENSHIFT_LABEL: &str = "dns.operator.openshift.io/daemonset-dns";

/// Where NodeLocal DNSCache listens in its own manifest, and with kubespray.
const NODE_LOCAL_ADDRESSES: [&str; 2] = ["169.254.20.10", "169.254.25.10"];

/// The parts of the model that DNS is looked for in.
pub struct Sight<'v, 'a> {
    pub objects: &'v [Object<'a>],
    pub workloads: &'v Workloads<'a>,
    pub services: &'v Services<'a>,
    pub policies: &'v Policies<'a>,
    pub addresses: &'v Addresses<'a>,
    pub settings: &'v Settings,
}

impl<'a> ClusterDns<'a> {
    pub fn new(sight: &Sight<'_, 'a>) -> ClusterDns<'a> {
        let service_addresses = service_addresses(sight);
        let servers = servers(sight);
        ClusterDns { servers, pod_ranges: pod_ranges(sight.addresses), service_addresses }
    }

    /// Whether pods reach DNS at an address of their node, and nowhere else.
    pub fn is_on_node(&self) -> bool {
        !self.servers.is_empty()
            && self.servers.iter().all(|server| matches!(server.reach, Reach::Node(_)))
    }

    pub fn is_openshift(&self) -> bool {
        self.servers.iter().any(|server| server.certain && server.kind == ServerKind::OpenShift)
    }
}

fn servers<'a>(sight: &Sight<'_, 'a>) -> Vec<DnsServer<'a>> {
    let on_node = told_by_kubelets(sight.addresses);
    if !on_node.is_empty() {
        return on_node;
    }
    let openshift = openshift(sight);
    if openshift.iter().any(|server| server.certain) {
        return openshift;
    }
    let mut servers = openshift;
    let found: Vec<DnsServer<'a>> =
        sight.workloads.all.iter().filter_map(|workload| core_dns(sight, workload)).collect();
    if !found.iter().any(|server| server.certain) {
        servers.push(in_kube_system("kube-dns", true));
        servers.push(in_kube_system("coredns", false));
    }
    servers.extend(found);
    servers.push(in_kube_system("node-local-dns", false));
    servers.extend(sight.workloads.all.iter().flat_map(node_cache));
    servers
}

/// The addresses of the node that kubelets give to pods to ask at; nothing when one of them gives
/// another kind of address.
fn told_by_kubelets<'a>(addresses: &Addresses<'a>) -> Vec<DnsServer<'a>> {
    if !addresses.dns.iter().all(|told| is_link_local(told.address)) {
        return Vec::new();
    }
    let server = |told: &DnsAddress<'a>| DnsServer {
        reach: Reach::Node(told.address),
        certain: true,
        evidence: Some(told.span),
        kind: ServerKind::NodeLocal,
    };
    addresses.dns.iter().map(server).collect()
}

/// Where all pods of the cluster have their addresses from, as far as it is written.
fn pod_ranges(addresses: &Addresses<'_>) -> Vec<IpRange> {
    let complete = addresses.is_complete(Role::Pod) && addresses.is_complete(Role::IpPool);
    if !complete || addresses.pods_share_node_network {
        return Vec::new();
    }
    let ranges = addresses.pod_ranges().into_iter().filter(|range| range.is_fact());
    ranges.map(|range| range.range).collect()
}

/// Addresses that only exist on the node.
pub fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// DNS pods that are known by one label. Those that are there for certain have more.
fn in_kube_system(app: &'static str, certain: bool) -> DnsServer<'static> {
    let port = |name| DnsPort { number: 53, name: PortName::Is(name) };
    let labels = if certain { Labels::unknown() } else { Labels::default() };
    let labels = labels.with("k8s-app", LabelValue::Is(app));
    let (udp, tcp) = (port("dns"), port("dns-tcp"));
    let reach = Reach::Pods { namespace: KUBE_SYSTEM, labels, udp, tcp };
    DnsServer { reach, certain, evidence: None, kind: ServerKind::Standard }
}

/// OpenShift's own, when there is a trace of OpenShift.
fn openshift<'a>(sight: &Sight<'_, 'a>) -> Vec<DnsServer<'a>> {
    let workload = sight.workloads.all.iter().find(|workload| {
        workload.namespace == OPENSHIFT_DNS && workload.object.name() == "dns-default"
    });
    if let Some(workload) = workload {
        let labels = sight.workloads.classes[workload.class].labels.clone();
        return vec![DnsServer { certain: true, ..openshift_server(labels, Some(workload)) }];
    }
    let provider = sight.settings.provider.as_ref();
    let configured = provider.is_some_and(|provider| provider.value.contains("openshift"));
    let service = sight.services.get(OPENSHIFT_DNS, "dns-default").is_some();
    let suspected = || {
        sight.objects.iter().any(|object| {
            object.namespace().starts_with("openshift-")
                || object.kind() == "Namespace" && object.name().starts_with("openshift-")
                || object.resource.group().ends_with(".openshift.io")
        }) || names_openshift_dns(sight.policies)
    };
    let certain = configured || service;
    if !certain && !suspected() {
        return Vec::new();
    }
    let labels = Labels::unknown().with(OPENSHIFT_LABEL, LabelValue::Is("default"));
    vec![DnsServer { certain, ..openshift_server(labels, None) }]
}

fn openshift_server<'a>(labels: Labels<'a>, workload: Option<&Workload<'a>>) -> DnsServer<'a> {
    let port = |name| DnsPort { number: 5353, name: PortName::Is(name) };
    let written = |protocol| workload.and_then(|workload| dns_port(workload, protocol));
    let udp = written(Protocol::Udp).unwrap_or(port("dns"));
    let tcp = written(Protocol::Tcp).unwrap_or(port("dns-tcp"));
    let evidence = workload.map(|workload| workload.object.resource.name_span());
    let reach = Reach::Pods { namespace: OPENSHIFT_DNS, labels, udp, tcp };
    DnsServer { reach, certain: false, evidence, kind: ServerKind::OpenShift }
}

/// Whether some policy speaks of the namespace that only OpenShift has.
fn names_openshift_dns(policies: &Policies<'_>) -> bool {
    let rules = policies.all.iter().flat_map(|policy| &policy.egress.rules);
    rules.flat_map(|rule| rule.peers.iter().flatten()).any(|peer| {
        let PeerKind::Pods { namespaces: Some(selector), .. } = &peer.kind else { return false };
        selector.required_value(super::namespaces::NAME_LABEL) == Some(OPENSHIFT_DNS)
    })
}

/// A workload that is CoreDNS. In `kube-system` it is the cluster's.
fn core_dns<'a>(sight: &Sight<'_, 'a>, workload: &Workload<'a>) -> Option<DnsServer<'a>> {
    runs(workload, Component::CoreDns)?;
    if workload.host_network.is_yes() {
        return None;
    }
    let port = |protocol| {
        let unknown = DnsPort { number: 53, name: PortName::Unknown };
        dns_port(workload, protocol).unwrap_or(unknown)
    };
    let reach = Reach::Pods {
        namespace: workload.namespace,
        labels: sight.workloads.classes[workload.class].labels.clone(),
        udp: port(Protocol::Udp),
        tcp: port(Protocol::Tcp),
    };
    let certain = workload.namespace == KUBE_SYSTEM;
    let evidence = Some(workload.object.resource.name_span());
    Some(DnsServer { reach, certain, evidence, kind: ServerKind::CoreDns })
}

/// The container port that serves DNS: by its usual name, else by its number.
fn dns_port<'a>(workload: &Workload<'a>, protocol: Protocol) -> Option<DnsPort<'a>> {
    let usual = if protocol == Protocol::Udp { "dns" } else { "dns-tcp" };
    let of_protocol = || workload.ports().filter(|port| port.protocol == Some(protocol));
    let named = of_protocol().find(|port| port.name == Some(usual));
    let port = named.or_else(|| of_protocol().find(|port| port.number == Some(53)))?;
    let name = match (port.name, &port.source.name) {
        (Some(name), _) => PortName::Is(name),
        (None, Field::Absent) => PortName::Absent,
        _ => PortName::Unknown,
    };
    Some(DnsPort { number: port.number?, name })
}

/// The addresses on the node that a workload serves DNS at, if it is NodeLocal DNSCache. Pods may
/// still ask at the Service's address, which it takes over on the node; so this is not certain.
fn node_cache<'a>(workload: &Workload<'a>) -> Vec<DnsServer<'a>> {
    let Some(evidence) = runs(workload, Component::NodeLocalDns) else { return Vec::new() };
    let containers = workload.spec.pod.all_containers();
    let words = containers.flat_map(|c| c.args.items().iter().chain(c.command.items()));
    let words = words.filter_map(|word| Some(word.value()?.as_str()));
    let written = words.flat_map(|word| word.split([',', '=', ' '])).filter_map(|a| a.parse().ok());
    let mut addresses: Vec<IpAddr> = written.collect();
    addresses
        .extend(NODE_LOCAL_ADDRESSES.iter().filter_map(|address| address.parse::<IpAddr>().ok()));
    addresses.sort();
    addresses.dedup();
    let server = |address| DnsServer {
        reach: Reach::Node(address),
        certain: false,
        evidence: Some(evidence),
        kind: ServerKind::NodeLocal,
    };
    addresses.into_iter().map(server).collect()
}

/// Where a workload's image says that it is a component.
fn runs(workload: &Workload<'_>, component: Component) -> Option<Span> {
    let images = workload.spec.pod.running_containers().filter_map(|c| c.image.known());
    let mut images = images.filter(|image| {
        let image = ImageRef::parse(&image.value);
        image.as_ref().and_then(component_of).is_some_and(|(found, _)| found == component)
    });
    images.next().map(|image| image.span)
}

/// Addresses of Services that stand in front of DNS: by their usual names in `kube-system` and
/// `openshift-dns`.
fn service_addresses(sight: &Sight<'_, '_>) -> Vec<IpAddr> {
    let services = sight.services.all.iter().filter(|service| {
        let name = service.object.name();
        match service.namespace {
            KUBE_SYSTEM => name == "kube-dns" || name.contains("coredns"),
            OPENSHIFT_DNS => name == "dns-default",
            _ => false,
        }
    });
    services.flat_map(|service| service.cluster_ips()).map(|address| address.value).collect()
}
