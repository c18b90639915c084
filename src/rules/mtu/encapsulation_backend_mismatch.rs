//! `encapsulation-backend-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::{IpPool, IpRange, PoolOrigin, Role};
use crate::model::calico::Environment;
use crate::model::cilium::{CiliumSettings, IpamMode, is_off, is_on};
use crate::model::flannel::Backend;
use crate::model::hosts::{Host, Nic};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/encapsulation-backend-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    calico(network, findings);
    findings.extend(flannel(network));
    findings.extend(cilium(network));
}

/// With the backend `vxlan`, BIRD does not run, which makes the routes of all other pools:
/// `node/filesystem/etc/rc.local`.
fn calico(network: &Network<'_>, findings: &mut Findings<'_>) {
    let calico = &network.calico;
    let Some(backend) = calico.backend.filter(|it| it.trim().eq_ignore_ascii_case("vxlan")) else {
        return;
    };
    if calico.has_own_routing {
        return;
    }
    let pools = &network.addresses.pools;
    let mut found: Vec<(Span, String)> = pools.iter().filter_map(routed_pool).collect();
    if !pools.iter().any(|pool| pool.origin == PoolOrigin::Object) {
        found.extend(calico.environments.iter().filter_map(routed_environment));
    }
    for (span, what) in found {
        let message = format!("{what}, and the backend `vxlan` makes no routes for that");
        findings.add(
            Diagnostic::warning(span.label(""), message)
                .related(backend.label("the backend"))
                .help("use VXLAN for the pool, or the backend `bird`"),
        );
    }
}

/// A pool that needs BIRD.
fn routed_pool(pool: &IpPool<'_>) -> Option<(Span, String)> {
    let used = pool.is_for_pods() && !pool.is_disabled();
    if pool.origin != PoolOrigin::Object || !used {
        return None;
    }
    let spec = &pool.spec;
    let range = pool.range();
    if let Some(ipip) = spec.ipip_mode.known().filter(|mode| mode.eq_ignore_ascii_case("always")) {
        return Some((ipip.span, format!("IP pool `{range}` uses IPIP")));
    }
    let off = |mode: &Field<String>| {
        mode.is_absent() || mode.value().is_some_and(|mode| is_never(mode) || mode.is_empty())
    };
    let none = off(&spec.ipip_mode) && off(&spec.vxlan_mode);
    none.then(|| (pool.span, format!("IP pool `{range}` has no encapsulation")))
}

/// The first pool, by the variables that calico-node makes it of.
fn routed_environment(environment: &Environment<'_>) -> Option<(Span, String)> {
    let range = environment.variable("CALICO_IPV4POOL_CIDR");
    if environment.has("NO_DEFAULT_POOLS") || range.is_some_and(|range| range.value == "none") {
        return None;
    }
    let ipip = environment.variable("CALICO_IPV4POOL_IPIP")?;
    if ipip.trim().eq_ignore_ascii_case("always") {
        return Some((ipip.span, "the first pool uses IPIP".to_owned()));
    }
    let vxlan = environment.variable("CALICO_IPV4POOL_VXLAN")?;
    let none = is_never(ipip) && is_never(vxlan);
    none.then(|| (vxlan.span, "the first pool has no encapsulation".to_owned()))
}

fn is_never(mode: &str) -> bool {
    ["never", "off"].contains(&mode.trim().to_ascii_lowercase().as_str())
}

/// `host-gw` makes the other node the next hop, which has to be in a network of this node:
/// `Documentation/backends.md` of Flannel.
fn flannel(network: &Network<'_>) -> Option<Diagnostic> {
    let [config] = network.flannel.configs.as_slice() else { return None };
    if config.backend() != Some(Backend::HostGw) {
        return None;
    }
    let kind = config.backend_type()?;
    let nodes: Vec<Node<'_>> = network
        .hosts
        .hosts
        .iter()
        .filter(|host| is_node(network, host))
        .filter_map(|host| node(network, host))
        .collect();
    let (first, rest) = nodes.split_first()?;
    let other = rest.iter().find(|other| !first.network.overlaps(other.network))?;
    let message = format!(
        "`host-gw` needs all nodes in one subnet, and `{}` is in `{}`, `{}` in `{}`",
        first.name, first.network, other.name, other.network
    );
    Some(
        Diagnostic::warning(kind.label(""), message)
            .related(first.place.label(format!("node `{}`", first.name)))
            .related(other.place.label(format!("node `{}`", other.name)))
            .help("use `vxlan`: with `\"DirectRouting\": true` it has no tunnel within a subnet"),
    )
}

/// Where Flannel reaches a node.
struct Node<'n> {
    name: &'n str,
    network: IpRange,
    place: &'n Spanned<String>,
}

/// The interface that `--iface` names, or that the host's packets leave by, when it has one network.
fn node<'n>(network: &'n Network<'_>, host: &'n Host<'_>) -> Option<Node<'n>> {
    let mut told = Vec::new();
    for daemon in &network.flannel.daemons {
        if !daemon.is_complete {
            return None;
        }
        told.extend(&daemon.interfaces);
    }
    let nic: &Nic<'_> = match told[..] {
        [] => host.uplink()?,
        [name] => host.external().find(|nic| !nic.name.is_empty() && nic.name == name.value)?,
        _ => return None,
    };
    let v4 = |range: &IpRange| range.family() == crate::model::addresses::Family::V4;
    let mut networks = nic
        .addresses
        .iter()
        .filter_map(|address| Some((address.network().filter(v4)?, &address.text)));
    let (range, place) = networks.next()?;
    let only = networks.next().is_none() && nic.dhcp4.is_none() && !host.name.is_empty();
    only.then_some(Node { name: host.name, network: range, place })
}

/// Whether a host is a node of the cluster: by its folder, or by an address that somebody else
/// gives as a node's.
fn is_node(network: &Network<'_>, host: &Host<'_>) -> bool {
    let of_folder = host.interfaces.iter().any(|nic| nic.object.node.is_some());
    let plan = &network.addresses;
    let mut addresses = host.addressed().flat_map(|nic| &nic.addresses);
    of_folder
        || addresses.any(|address| {
            let Some(own) = address.address().map(IpRange::single) else { return false };
            plan.of(Role::Node).any(|node| {
                let elsewhere = node
                    .object
                    .is_some_and(|object| !host.interfaces.iter().any(|nic| nic.object.is(object)));
                elsewhere && node.range == own
            })
        })
}

/// `checkIPv4NativeRoutingCIDR` in `pkg/option/config.go` of Cilium.
fn cilium(network: &Network<'_>) -> Option<Diagnostic> {
    let all = &network.cilium.settings;
    let mode = |one: &CiliumSettings<'_>| one.config.routing_mode.known().cloned();
    let native = all.iter().find_map(mode).filter(|mode| mode.trim() == "native")?;
    let is_empty = |field: &Field<String>| {
        field.is_absent() || field.value().is_some_and(|text| text.trim().is_empty())
    };
    let on = |field: &Field<String>| field.is_absent() || is_on(field);
    let off = |field: &Field<String>| is_empty(field) || is_off(field);
    let fails = |one: &CiliumSettings<'_>| {
        let config = &one.config;
        let mode = &config.routing_mode;
        one.is_complete()
            && !one.is_special()
            && matches!(one.ipam, IpamMode::ClusterPool | IpamMode::Kubernetes)
            && (mode.is_absent() || mode.value().is_some_and(|mode| mode.trim() == "native"))
            && is_empty(&config.ipv4.native_routing)
            && on(&config.ipv4.enabled)
            && on(&config.ipv4.masquerade)
            && off(&config.auto_direct_node_routes)
            && off(&config.ip_masq_agent)
            && off(&config.native_routing_from_pool)
    };
    if !all.iter().all(fails) {
        return None;
    }
    let config = &all.first()?.config;
    let field = config.name("ipv4-native-routing-cidr", "ipv4NativeRoutingCIDR");
    let masquerade = config.name("enable-ipv4-masquerade", "enableIPv4Masquerade");
    let message =
        format!("native routing with masquerading and without `{field}`: the agents do not start");
    Some(
        Diagnostic::warning(native.label(""), message)
            .help(format!("set `{field}` to the range of pods, or `{masquerade}` to false")),
    )
}
