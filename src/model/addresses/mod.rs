//! The address plan of a cluster: every range and address that its files state, with its role.
//!
//! Three things are kept apart: what is written, what is a default of an object in view (a
//! kubeadm ClusterConfiguration without `serviceSubnet` has 10.96.0.0/12), and what is merely
//! assumed for a component that is seen. Nothing is compared here; rules do.

pub mod overlap;
pub mod range;

mod calico;
mod charts;
mod cilium;
mod collect;
mod docker;
mod flannel;
pub mod free;
pub mod group;
mod hosts;
mod installer;
mod kubeadm;
mod kubernetes;
pub mod load_balancers;
mod plugins;
pub mod source;

pub use load_balancers::{Advertisement, Balancer, KubeVip, LoadBalancerPool};
pub use range::{Cidr, Family, Fault, IpRange};
pub use source::{Duty, Owner, Role, Source};

use std::net::IpAddr;

use super::cilium::Cilium;
use super::components::ComponentFlags;
use super::compose::Compose;
use super::hosts::Hosts;
use super::installer::Installer;
use super::{Object, Settings};
use crate::diagnostic::{Label, Place};
use crate::ingest::calico::IpPoolSpec;
use crate::ingest::kubernetes::ServiceSpec;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;
use collect::Collector;

/// How it is known that a range is used as the model says. The order is by weight: a written
/// value beats a default, and a default beats an assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Known {
    Written,
    /// The object that owns the field is in view and leaves it out.
    Default,
    /// A component is seen, and the object that would set it is not; or it is a default that is
    /// so wide that the component uses a part of it only.
    Assumed,
}

/// A range, or a single address, and what it is used for.
#[derive(Clone, Debug)]
pub struct AddressRange<'a> {
    pub range: IpRange,
    /// As written, when it is written as a CIDR.
    pub cidr: Option<Cidr>,
    pub source: Source,
    pub known: Known,
    /// Where it is written; of a default, the object that leaves it out.
    pub span: Span,
    /// `None` for what the configuration of netvet says.
    pub object: Option<Object<'a>>,
    /// The name of what it belongs to, where that says more than the object's own: of a pool in
    /// an Installation, of a reserved range.
    pub name: Option<&'a str>,
    /// Its index among [`Addresses::pools`].
    pub pool: Option<usize>,
}

impl AddressRange<'_> {
    pub fn role(&self) -> Role {
        self.source.role()
    }

    /// `pod range`, `IP pool`, `node address`.
    pub fn noun(&self) -> &'static str {
        self.source.noun()
    }

    /// What it is and what it covers: `` default service range `10.96.0.0/12` ``.
    pub fn title(&self) -> String {
        let known = match self.known {
            Known::Written => "",
            Known::Default => "default ",
            Known::Assumed => "assumed ",
        };
        format!("{known}{} `{}`", self.noun(), self.range)
    }

    /// Whether it is the address of one machine.
    fn is_of_node(&self) -> bool {
        self.role() == Role::Node && self.noun() == Role::Node.noun()
    }

    /// Whether it can carry an error.
    pub fn is_fact(&self) -> bool {
        self.known <= Known::Default
    }

    /// What it is and where it comes from: ``pod range (`networking.podSubnet`)``.
    pub fn description(&self) -> String {
        let (noun, field) = (self.noun(), self.source.field());
        match (self.known, self.name) {
            (Known::Written, Some(name)) if self.is_of_node() => {
                format!("address of node `{name}`")
            }
            (Known::Written, Some(name)) if !name.is_empty() => format!("{noun} `{name}`"),
            (Known::Written, _) if field.is_empty() => noun.to_owned(),
            (Known::Written, _) => format!("{noun} (`{field}`)"),
            (Known::Default, _) => {
                format!("{noun} `{}`, the default without `{field}`", self.range)
            }
            (Known::Assumed, _) => format!("{noun} `{}`, which is assumed", self.range),
        }
    }

    pub fn label(&self) -> Label {
        self.span.label(self.description())
    }
}

/// A value that should be an address or a range and is not.
#[derive(Clone, Debug)]
pub struct Malformed<'a> {
    pub text: Spanned<String>,
    pub fault: Fault,
    pub source: Source,
    pub object: Option<Object<'a>>,
}

/// A field that holds several ranges, of which there may be one of each family.
#[derive(Clone, Debug)]
pub struct RangeList<'a> {
    pub source: Source,
    /// All of the field's value.
    pub span: Span,
    /// In the order in which they are written; malformed ones are left out.
    pub ranges: Vec<(IpRange, Span)>,
    /// Whether every item could be read.
    pub complete: bool,
    pub object: Object<'a>,
}

/// Who makes a Calico pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolOrigin {
    /// An IPPool object.
    Object,
    /// The operator, from an Installation.
    Installation,
    /// calico-node, from its environment, when it first starts.
    Environment,
}

/// A pool of addresses of Calico, whoever makes it.
#[derive(Clone, Debug)]
pub struct IpPool<'a> {
    pub origin: PoolOrigin,
    pub name: Option<&'a str>,
    pub cidr: Cidr,
    pub span: Span,
    /// In the terms of an IPPool: an operator's `VXLANCrossSubnet` is a `vxlanMode`.
    pub spec: IpPoolSpec,
    /// Of an Installation, as written.
    pub encapsulation: Field<String>,
    /// Its index among [`Addresses::installations`].
    pub installation: Option<usize>,
    pub object: Object<'a>,
}

impl IpPool<'_> {
    pub fn range(&self) -> IpRange {
        self.cidr.range()
    }

    pub fn is_disabled(&self) -> bool {
        self.spec.disabled.value() == Some(&true)
    }

    /// Whether pods get addresses of it; `allowedUses` may keep it for Services.
    pub fn is_for_pods(&self) -> bool {
        let uses = self.spec.allowed_uses.items();
        let named = |use_: &str| uses.iter().any(|item| item.value().is_some_and(|v| v == use_));
        uses.is_empty() || named("Workload") || uses.iter().any(|item| item.is_unknown())
    }

    /// Whether only pods that ask for it get addresses of it.
    pub fn is_on_request(&self) -> bool {
        let selects_none = |selector: &String| selector.trim() == "!all()";
        self.spec.node_selector.value().is_some_and(selects_none)
            || self.spec.assignment_mode.value().is_some_and(|mode| mode == "Manual")
    }

    /// The length of the prefix of a node's block.
    pub fn block_size(&self) -> i64 {
        match self.spec.block_size.value() {
            Some(size) if *size != 0 => *size,
            _ if Family::of(self.cidr.address) == Family::V6 => 122,
            _ => 26,
        }
    }
}

/// What an Installation of Calico's operator says about routes between nodes.
#[derive(Clone, Debug)]
pub struct Installation<'a> {
    pub provider: Field<String>,
    pub cni: Field<String>,
    pub ipam: Field<String>,
    pub bgp: Field<String>,
    pub routing: Field<String>,
    pub object: Object<'a>,
}

/// Where pods are told to send their DNS queries.
#[derive(Clone, Debug)]
pub struct DnsAddress<'a> {
    pub address: IpAddr,
    pub known: Known,
    /// Where it is written; of a default, the object that leaves it out.
    pub span: Span,
    pub object: Object<'a>,
    /// Which list of addresses it stands in: equal for those of one kubelet.
    pub list: usize,
    pub source: Source,
}

/// The domain of the cluster, as one place states it.
#[derive(Clone, Debug)]
pub struct ClusterDomain<'a> {
    /// Without a stop at its end.
    pub domain: String,
    pub source: Source,
    pub known: Known,
    pub span: Span,
    pub object: Object<'a>,
}

/// An address that somebody chose for a Service.
#[derive(Clone, Debug)]
pub struct ServiceAddress<'a> {
    pub address: IpAddr,
    pub source: Source,
    pub span: Span,
    pub object: Object<'a>,
    /// Whether the Service is the cluster's DNS.
    pub is_dns: bool,
    /// `None` for a Service that a chart makes.
    pub service: Option<&'a ServiceSpec>,
    /// Services with the same key may have one load balancer's address.
    pub sharing_key: Option<&'a Field<String>>,
}

impl ServiceAddress<'_> {
    /// Whether the Service names a load balancer that it is for.
    pub fn has_class(&self) -> bool {
        self.service.is_some_and(|service| !service.load_balancer_class.is_absent())
    }

    /// Whether both Services have a port of one number and protocol.
    pub fn has_port_of(&self, other: &ServiceAddress<'_>) -> bool {
        let others = ports(other.service);
        ports(self.service).iter().any(|port| others.contains(port))
    }
}

/// Number and protocol of each port that is known.
fn ports(service: Option<&ServiceSpec>) -> Vec<(i64, &str)> {
    let ports = service.map_or(&[][..], |service| service.ports.items());
    let ports = ports.iter().filter_map(Field::value);
    let known = ports.filter_map(|port| {
        let protocol = port.protocol.value().map_or("TCP", String::as_str);
        Some((*port.port.value()?, protocol))
    });
    known.collect()
}

/// All that the files of a cluster say about addresses. Everything is in the order of the files.
#[derive(Debug, Default)]
pub struct Addresses<'a> {
    pub ranges: Vec<AddressRange<'a>>,
    pub malformed: Vec<Malformed<'a>>,
    pub lists: Vec<RangeList<'a>>,
    pub pools: Vec<IpPool<'a>>,
    pub installations: Vec<Installation<'a>>,
    pub load_balancer_pools: Vec<LoadBalancerPool<'a>>,
    pub advertisements: Vec<Advertisement<'a>>,
    pub kube_vips: Vec<KubeVip<'a>>,
    pub dns: Vec<DnsAddress<'a>>,
    pub domains: Vec<ClusterDomain<'a>>,
    pub service_addresses: Vec<ServiceAddress<'a>>,
    /// Services that ask for addresses of both families and take no less.
    pub dual_stack_services: Vec<(Span, Object<'a>)>,
    /// Of Nodes: `podCIDR`, and the first of `podCIDRs` where it says something else.
    pub node_cidr_conflicts: Vec<(Spanned<String>, Spanned<String>)>,
    /// kubeadm's configurations without `podSubnet`: where no flag says otherwise, their controller
    /// managers give nodes no ranges.
    pub clusters_without_pod_range: Vec<Object<'a>>,
    /// kube-proxies that tell pods by their range, and have none.
    pub proxies_without_range: Vec<Object<'a>>,
    /// Pods have addresses of the network that the nodes are in, as with the network plugins of
    /// cloud providers: there, an overlap with the nodes is no mistake.
    pub pods_share_node_network: bool,
    /// A node says that its containers are run by Docker.
    pub nodes_run_docker: bool,
    pub free: free::Free,
    /// Roles with a value that a template fills in, or that cannot be read.
    unknown: Vec<Role>,
}

impl<'a> Addresses<'a> {
    /// The ranges of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &AddressRange<'a>> {
        self.ranges.iter().filter(move |range| range.role() == role)
    }

    pub fn from_source(&self, source: Source) -> impl Iterator<Item = &AddressRange<'a>> {
        self.ranges.iter().filter(move |range| range.source == source)
    }

    pub fn with_duty(&self, role: Role, duty: Duty) -> impl Iterator<Item = &AddressRange<'a>> {
        self.of(role).filter(move |range| range.source.duty() == duty)
    }

    /// Ranges that pods get addresses of, whoever hands them out; disabled pools and additional
    /// networks are left out, and so is a network of Flannel where another range decides.
    pub fn pod_ranges(&self) -> Vec<&AddressRange<'a>> {
        let cluster = self.cluster_pod_ranges();
        let decides = |flannel: IpRange| {
            let mut of_family =
                cluster.iter().map(|range| range.range).filter(|r| r.family() == flannel.family());
            of_family.clone().next().is_none() || of_family.any(|range| range == flannel)
        };
        let used = |range: &&AddressRange<'a>| match range.role() {
            // Nobody knows which part of it is in use.
            _ if range.known == Known::Assumed => false,
            Role::Pod => !range.source.is_flannel_network() || decides(range.range),
            Role::CniSubnet => range.source.is_plugin_subnet(),
            Role::IpPool => range.pool.is_none_or(|pool| {
                let pool = &self.pools[pool];
                pool.is_for_pods() && !pool.is_disabled()
            }),
            _ => false,
        };
        self.ranges.iter().filter(used).collect()
    }

    pub fn service_ranges(&self) -> Vec<&AddressRange<'a>> {
        self.of(Role::Service).collect()
    }

    /// What decides the range of pods: kubeadm's `podSubnet`, the controller manager's
    /// `--cluster-cidr`. What merely repeats it is left out.
    pub fn cluster_pod_ranges(&self) -> Vec<&AddressRange<'a>> {
        self.ranges.iter().filter(|range| range.source.defines_pods()).collect()
    }

    /// The range whose first address is that of the Service `kubernetes`; there may be several
    /// opinions about it.
    pub fn primary_service_ranges(&self) -> Vec<&AddressRange<'a>> {
        // Of two families the first one counts.
        let lists = self.lists.iter().filter(|list| list.source.defines_services());
        let first: Vec<Span> = lists.filter_map(|list| Some(list.ranges.first()?.1)).collect();
        let is_primary = |range: &&AddressRange<'a>| {
            range.source.defines_services()
                && (range.known == Known::Default || first.contains(&range.span))
        };
        self.ranges.iter().filter(is_primary).collect()
    }

    /// Whether everything that states a range of this role could be read, so that what is in none
    /// of its ranges is in none at all.
    pub fn is_complete(&self, role: Role) -> bool {
        !self.unknown.contains(&role)
    }
}

/// What the plan is read out of.
#[derive(Clone, Copy)]
pub struct Parts<'n, 'a> {
    pub objects: &'n [Object<'a>],
    /// They only say which of the objects are not quite as they are written.
    pub patches: &'n [Object<'a>],
    pub installers: &'n [Installer<'a>],
    pub components: &'n [ComponentFlags<'a>],
    pub compose: &'n Compose,
    pub hosts: &'n Hosts<'a>,
    pub cilium: &'n Cilium<'a>,
    pub settings: &'a Settings,
}

/// Reads the plan out of a cluster's objects and settings.
pub fn build<'a>(parts: &Parts<'_, 'a>) -> Addresses<'a> {
    let Parts { objects, patches, installers, components, compose, hosts, cilium, settings } =
        *parts;
    let mut collector = Collector::new(patches);
    for object in objects {
        collector.object(*object);
    }
    for installer in installers {
        collector.installer(installer);
    }
    for component in components {
        collector.component(component);
    }
    collector.hosts(hosts);
    collector.compose(objects, compose);
    collector.cilium(cilium);
    collector.settings(settings);
    collector.finish()
}
