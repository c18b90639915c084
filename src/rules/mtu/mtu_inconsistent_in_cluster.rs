//! `mtu-inconsistent-in-cluster`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mtu::{Mtu, MtuPlan, Tunnel};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-inconsistent-in-cluster.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let pods = pod_values(&network.mtu);
    several_values(&pods, findings);
    let tunnels = tunnels(&network.mtu);
    for value in &pods {
        for (tunnel, limit) in &tunnels {
            larger_than_a_tunnel(value, tunnel, limit, findings);
        }
    }
}

/// The MTUs that Calico's pods are to have, one for each field and value: every node has a copy.
fn pod_values<'n, 'a>(plan: &'n MtuPlan<'a>) -> Vec<&'n Mtu<'a>> {
    let mut known = BTreeSet::new();
    let of_pods = plan.values.iter().filter(|value| value.source.is_calico_pod());
    of_pods.filter(|value| known.insert((value.source, value.bytes))).collect()
}

/// The tunnels that are used, each with the smallest MTU that its device is given.
fn tunnels<'n, 'a>(plan: &'n MtuPlan<'a>) -> Vec<(&'n Tunnel, &'n Mtu<'a>)> {
    let mut known = BTreeSet::new();
    let first = plan.tunnels.iter().filter(|tunnel| known.insert(tunnel.encapsulation));
    let with_limit = |tunnel: &'n Tunnel| {
        let is_its = |value: &&Mtu<'_>| value.source.tunnel() == Some(tunnel.encapsulation);
        let limit = plan.values.iter().filter(is_its).min_by_key(|value| value.bytes)?;
        Some((tunnel, limit))
    };
    first.filter_map(with_limit).collect()
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
        largest.bytes,
        smallest.bytes,
        smallest.source.field()
    );
    let labels = others
        .iter()
        .take(SHOWN)
        .map(|value| value.span.label(format!("`{}` says {}", value.source.field(), value.bytes)));
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
            .related(limit.span.label(format!("`{}` is {bytes}", limit.source.field())))
            .related(tunnel.span.label(tunnel.why))
            .help(format!("set it to {bytes}, the MTU of the tunnel")),
    );
}
