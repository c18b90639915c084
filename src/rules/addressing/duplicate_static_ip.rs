//! `duplicate-static-ip`: see the page.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::{
    AddressRange, Balancer, Family, IpRange, Owner, Role, ServiceAddress, Source,
};
use crate::model::hosts::{Host, NicAddress};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/duplicate-static-ip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    services(network, findings);
    kubernetes(network, findings);
    nodes(network, findings);
    hosts(network, findings);
    virtual_addresses(network, findings);
}

fn services(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<(Role, IpAddr), &ServiceAddress<'_>> = FxHashMap::default();
    for address in &network.addresses.service_addresses {
        // What is outside the cluster may lead to several Services, by their ports.
        if address.source == Source::EXTERNAL_IP {
            continue;
        }
        let key = (address.source.role(), address.address);
        let earlier = *first.entry(key).or_insert(address);
        if may_be_same(earlier.object, address.object) {
            continue;
        }
        let sharing = match address.source.role() {
            Role::LoadBalancer => sharing(network, earlier, address),
            _ => Sharing::None,
        };
        // A cluster has one DNS: two that want its address are those of two distributions.
        if sharing == Sharing::Possible || (earlier.is_dns && address.is_dns) {
            continue;
        }
        let noun = address.source.noun();
        let (name, other) = (address.object.name(), earlier.object.name());
        let message = format!(
            "{noun} `{}` of the Service `{name}` is that of the Service `{other}`, too",
            address.address
        );
        findings.add(
            Diagnostic::error(address.span.label(""), message)
                .related(earlier.span.label(format!("Service `{other}`")))
                .help(sharing.help()),
        );
    }
}

/// Whether two Services may have one address of a load balancer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Possible,
    /// By nobody's rules.
    None,
    /// They would need an annotation of one value each.
    NeedsKey(Balancer),
    SamePort,
}

impl Sharing {
    fn help(self) -> String {
        match self {
            Sharing::NeedsKey(balancer) => {
                let annotation = match balancer {
                    Balancer::Cilium => "lbipam.cilium.io/sharing-key",
                    _ => "metallb.io/allow-shared-ip",
                };
                format!(
                    "choose another address, or give both Services the annotation `{annotation}` with one value"
                )
            }
            Sharing::SamePort => {
                "choose another address, or other ports: Services that share an address need different ones"
                    .to_owned()
            }
            Sharing::Possible | Sharing::None => {
                "choose another address for one of them, or leave the field out".to_owned()
            }
        }
    }
}

/// MetalLB and Cilium ask for a key that both Services have, and for different ports; others tell
/// Services apart by their ports alone.
fn sharing(network: &Network<'_>, one: &ServiceAddress<'_>, two: &ServiceAddress<'_>) -> Sharing {
    let same_port = one.has_port_of(two);
    let others = [one, two]
        .into_iter()
        .any(|address| address.source == Source::KUBE_VIP_REQUEST || address.has_class());
    let Some(balancer) = network.addresses.only_balancer().filter(|_| !others) else {
        let has_key = one.sharing_key.is_some() || two.sharing_key.is_some();
        return if has_key || !same_port { Sharing::Possible } else { Sharing::None };
    };
    let key = |address: &ServiceAddress<'_>| address.sharing_key.map(|key| key.value().cloned());
    match (key(one), key(two)) {
        (Some(None), _) | (_, Some(None)) => Sharing::Possible,
        (Some(one), Some(two)) if one == two && same_port => Sharing::SamePort,
        (Some(one), Some(two)) if one == two => Sharing::Possible,
        _ => Sharing::NeedsKey(balancer),
    }
}

/// Whether two objects may be one: a Service in a base has no namespace yet.
fn may_be_same(one: Object<'_>, two: Object<'_>) -> bool {
    let namespaces = (one.namespace_name(), two.namespace_name());
    let other_namespace = matches!(namespaces, (Some(one), Some(two)) if one != two);
    one.is(two) || (one.name() == two.name() && !other_namespace)
}

/// The first address of the range is that of the API server's own Service.
fn kubernetes(network: &Network<'_>, findings: &mut Findings<'_>) {
    let primary = network.addresses.primary_service_ranges();
    for address in &network.addresses.service_addresses {
        let own = address.object.name() == "kubernetes" || address.is_dns;
        if own || address.source != Source::CLUSTER_IP {
            continue;
        }
        let taken = |range: &&&AddressRange<'_>| range.range.nth(1) == Some(address.address);
        let Some(range) = primary.iter().find(taken) else { continue };
        let message = format!(
            "cluster IP `{}` of the Service `{}` is that of the Service `kubernetes`",
            address.address,
            address.object.name()
        );
        findings
            .add(Diagnostic::error(address.span.label(""), message).related(range.label()).help(
            "the API server's own Service has the first address of the range: choose another one",
        ));
    }
}

fn nodes(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<IpRange, &AddressRange<'_>> = FxHashMap::default();
    for address in network.addresses.of(Role::Node) {
        // Those of hosts' interfaces are looked at one by one, below.
        let is_told = address.source == Source::HOST_ADDRESS;
        if is_told || address.range.first().is_unspecified() || node(address).is_none() {
            continue;
        }
        let earlier = *first.entry(address.range).or_insert(address);
        let Some((name, other)) = names_of_two(address, earlier) else { continue };
        let message = format!(
            "address `{}` of the node `{name}` is that of the node `{other}`, too",
            address.range
        );
        findings.add(
            Diagnostic::error(address.span.label(""), message)
                .related(earlier.span.label(format!("node `{other}`")))
                .help("give each node an address of its own"),
        );
    }
}

/// Addresses of the interfaces that hosts reach each other by. Other interfaces may be in networks
/// of their own, of which there can be several with the same addresses.
fn hosts(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: FxHashMap<IpAddr, (&Host<'_>, &NicAddress)> = FxHashMap::default();
    for host in &network.hosts.hosts {
        for address in host.uplink().map_or(&[][..], |nic| &nic.addresses) {
            let Ok(cidr) = address.cidr else { continue };
            // A single address may stand for several hosts, of which one answers at a time.
            if cidr.range() == IpRange::single(cidr.address) {
                continue;
            }
            let (other, earlier) = *first.entry(cidr.address).or_insert((host, address));
            if std::ptr::eq(other, host) || other.name == host.name {
                continue;
            }
            let (name, other) = (host.name, other.name);
            let message = format!(
                "address `{}` of the host `{name}` is that of the host `{other}`, too",
                cidr.address
            );
            findings.add(
                Diagnostic::error(address.text.label(""), message)
                    .related(earlier.text.label(format!("host `{other}`")))
                    .help("give each host an address of its own"),
            );
        }
    }
}

/// The node that has an address, by its name or by the folder of its files. A configuration
/// without either may be that of any node, and an endpoint in a node's files is that of others.
fn node<'a>(address: &AddressRange<'a>) -> Option<&'a str> {
    let is_its_own = address.source.owner() == Owner::Kubelet
        || [Source::INIT_ADVERTISE_ADDRESS, Source::JOIN_ADVERTISE_ADDRESS]
            .contains(&address.source);
    let folder = address.object.and_then(|object| object.node).filter(|_| is_its_own);
    address.name.or(folder.map(|node| node.name))
}

/// Both names, when they are those of two nodes. What a node is called and what its folder is
/// called may differ.
fn names_of_two<'a>(one: &AddressRange<'a>, two: &AddressRange<'a>) -> Option<(&'a str, &'a str)> {
    let folder = |address: &AddressRange<'a>| address.object?.node;
    if let (Some(one), Some(two)) = (folder(one), folder(two)) {
        return (one.set == two.set && one.name != two.name).then_some((one.name, two.name));
    }
    (one.name? != two.name?).then_some((one.name?, two.name?))
}

/// Of a node that reports several addresses, one may be that which it holds for the others.
fn virtual_addresses(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let mut only: FxHashMap<(&str, Family), Option<&AddressRange<'_>>> = FxHashMap::default();
    for address in plan.from_source(Source::NODE_ADDRESS) {
        let key = (address.name.unwrap_or_default(), address.range.family());
        only.entry(key).and_modify(|only| *only = None).or_insert(Some(address));
    }
    let own: FxHashMap<IpRange, &AddressRange<'_>> =
        only.into_values().flatten().map(|address| (address.range, address)).collect();
    let mut told = FxHashSet::default();
    for held in plan.from_source(Source::KUBE_VIP_ADDRESS) {
        let Some(node) = own.get(&held.range).filter(|_| told.insert(held.range)) else { continue };
        let message = format!("{} is the {}", held.title(), node.description());
        findings.add(
            Diagnostic::error(held.span.label(""), message)
                .related(node.label())
                .help("choose an address that no machine has: kube-vip moves it from node to node"),
        );
    }
}
