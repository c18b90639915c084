//! `mtu-inconsistent-in-cluster`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::IpRange;
use crate::model::hosts::{Host, Hosts, NicAddress};
use crate::model::mtu::{Meaning, Mtu, MtuPlan, Owner, Tunnel};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-inconsistent-in-cluster.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.mtu;
    let pods = pod_values(plan, Owner::Calico);
    several_values(&pods, findings);
    let tunnels = tunnels(plan);
    for value in &pods {
        for (tunnel, limit) in &tunnels {
            larger_than_a_tunnel(value, tunnel, limit, findings);
        }
    }
    flannel(plan, findings);
    hosts(&network.hosts, findings);
}

/// The MTUs that pods are to have, one for each field and value: every node has a copy.
fn pod_values<'n, 'a>(plan: &'n MtuPlan<'a>, owner: Owner) -> Vec<&'n Mtu<'a>> {
    let mut known = BTreeSet::new();
    let of_pods = plan.values.iter().filter(|value| value.source.is_pods_of(owner));
    of_pods.filter(|value| known.insert((value.source, value.bytes))).collect()
}

/// Calico's tunnels that are used, each with the smallest MTU that its device is given.
fn tunnels<'n, 'a>(plan: &'n MtuPlan<'a>) -> Vec<(&'n Tunnel, &'n Mtu<'a>)> {
    let mut known = BTreeSet::new();
    let first = plan.tunnels_of(Owner::Calico).filter(|tunnel| known.insert(tunnel.encapsulation));
    let with_limit = |tunnel: &'n Tunnel| {
        let is_its = |value: &&Mtu<'_>| value.source.tunnel() == Some(tunnel.encapsulation);
        let limit = plan.values.iter().filter(is_its).min_by_key(|value| value.bytes)?;
        Some((tunnel, limit))
    };
    first.filter_map(with_limit).collect()
}

/// Flannel's plugin hands one MTU to pods, and its backend takes the header off another one.
fn flannel(plan: &MtuPlan<'_>, findings: &mut Findings<'_>) {
    let Some(tunnel) = plan.widest_tunnel(Owner::Flannel) else { return };
    let is_outer = |value: &&Mtu<'_>| {
        value.source.owner == Owner::Flannel && value.source.meaning == Meaning::Outer
    };
    let Some(outer) = plan.values.iter().filter(is_outer).min_by_key(|value| value.bytes) else {
        return;
    };
    let limit = outer.bytes - tunnel.overhead;
    for pod in pod_values(plan, Owner::Flannel) {
        if pod.bytes <= limit {
            continue;
        }
        let message = format!(
            "pods' MTU {} + {} for {} = {}, and `{}` is {}",
            pod.bytes,
            tunnel.overhead,
            tunnel.encapsulation.name(),
            pod.bytes.saturating_add(tunnel.overhead),
            outer.source.field,
            outer.bytes
        );
        findings.add(
            Diagnostic::warning(pod.span.label(""), message)
                .related(outer.span.label("what Flannel takes the nodes' network for"))
                .related(tunnel.span.label(tunnel.why))
                .help("leave it out: Flannel's plugin sets what the backend leaves"),
        );
    }
}

/// Hosts of one network, each with what the interface in it may send.
fn hosts(hosts: &Hosts<'_>, findings: &mut Findings<'_>) {
    let mut known: Vec<(IpRange, &Host<'_>, &Spanned<i64>)> = Vec::new();
    for host in &hosts.hosts {
        let Some(nic) = host.uplink() else { continue };
        let Some(mtu) = host.mtu_of(nic) else { continue };
        let networks = nic.addresses.iter().filter_map(NicAddress::network);
        known.extend(networks.map(|network| (network, host, mtu)));
    }
    known.sort_by_key(|(network, _, mtu)| (*network, mtu.value, mtu.span));
    for same in known.chunk_by(|(one, ..), (other, ..)| one == other) {
        let (Some((network, small, smallest)), Some((_, large, largest))) =
            (same.first(), same.last())
        else {
            continue;
        };
        if smallest.value == largest.value || smallest.span == largest.span {
            continue;
        }
        let message = format!(
            "MTU {} of host `{}`, and {} of host `{}` in the same network `{network}`",
            smallest.value, small.name, largest.value, large.name
        );
        findings.add(
            Diagnostic::warning(smallest.label(""), message)
                .related(largest.label(format!("host `{}`", large.name)))
                .help(
                    "interfaces of one network have one MTU: larger packets are dropped on arrival",
                ),
        );
    }
}

/// Of many places, as many as a person looks at.
const SHOWN: usize = 5;

fn several_values(pods: &[&Mtu<'_>], findings: &mut Findings<'_>) {
    let Some(largest) = pods.iter().max_by_key(|value| value.bytes) else { return };
    let others: Vec<&&Mtu<'_>> = pods
        .iter()
        .filter(|value| value.source != largest.source && value.bytes != largest.bytes)
        .collect();
    let Some(smallest) = others.iter().min_by_key(|value| value.bytes) else { return };
    let message = format!(
        "the pods' MTU is {} here and {} in `{}`",
        largest.bytes, smallest.bytes, smallest.source.field
    );
    let labels = others
        .iter()
        .take(SHOWN)
        .map(|value| value.span.label(format!("`{}` says {}", value.source.field, value.bytes)));
    findings.add(Diagnostic::warning(largest.span.label(""), message).related_all(labels).help(
        "set it in one place only; in `cni_network_config`, `__CNI_MTU__` takes the value of \
             `veth_mtu`",
    ));
}

/// A pod that sends larger packets than the tunnel takes.
fn larger_than_a_tunnel(
    pod: &Mtu<'_>,
    tunnel: &Tunnel,
    limit: &Mtu<'_>,
    findings: &mut Findings<'_>,
) {
    if pod.bytes <= limit.bytes {
        return;
    }
    let (noun, bytes) = (tunnel.encapsulation.noun(), limit.bytes);
    let message = format!("pods send packets of {} bytes into {noun} of {bytes}", pod.bytes);
    findings.add(
        Diagnostic::warning(pod.span.label(""), message)
            .related(limit.span.label(format!("`{}` is {bytes}", limit.source.field)))
            .related(tunnel.span.label(tunnel.why))
            .help(format!("set it to {bytes}, the MTU of the tunnel")),
    );
}
