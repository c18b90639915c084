//! `hostport-conflict`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::host_ports::{HostPort, Sharing, host_ports, sharing};
use crate::model::ports::Protocol;
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/hostport-conflict.md"),
    check: Check::Network(check),
};

/// Beyond so many workloads with one port, looking at all pairs costs too much.
const MAX_HOLDERS: usize = 50;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut holders: BTreeMap<(Protocol, u16), Vec<(&Workload<'_>, HostPort<'_>)>> =
        BTreeMap::new();
    for workload in &network.workloads.all {
        if !workload.patches.is_empty() || network.patches.may_change(workload.object) {
            continue;
        }
        let ports = host_ports(workload);
        findings.extend(other_number(workload));
        findings.extend(twice(workload, &ports));
        findings.extend(more_than_nodes(network, workload, &ports));
        if workload.object.kind() != "DaemonSet" {
            continue;
        }
        for port in ports {
            let known = holders.entry((port.protocol, port.number)).or_default();
            if known.len() < MAX_HOLDERS && known.iter().all(|(w, _)| !w.object.is(workload.object))
            {
                known.push((workload, port));
            }
        }
    }
    for holders in holders.values() {
        for (index, (workload, port)) in holders.iter().enumerate() {
            let found = holders[..index]
                .iter()
                .find_map(|(other, held)| between(other, held, workload, port));
            findings.extend(found);
        }
    }
}

/// Two DaemonSets, of which the first is taken to have the port.
fn between(
    other: &Workload<'_>,
    held: &HostPort<'_>,
    workload: &Workload<'_>,
    port: &HostPort<'_>,
) -> Option<Diagnostic> {
    if !held.collides_with(port) || may_be_one(other, workload) {
        return None;
    }
    let (severity, whose, has) = match sharing(other, workload) {
        Sharing::None => return None,
        Sharing::Possible => (Severity::Warning, "its nodes", "has where both run"),
        Sharing::All => (Severity::Error, "every node", "has"),
    };
    let (title, other) = (workload.title(), other.title());
    let message = format!(
        "`{title}` wants {} port {} of {whose}, which `{other}` {has}",
        port.protocol, port.number
    );
    Some(
        Diagnostic::new(severity, port.span.label(""), message)
            .related(held.span.label(format!("`{other}` has it")))
            .help(
                "give one of them another port, or keep them on different nodes by node selectors",
            ),
    )
}

/// Whether two workloads may be two ways to install one thing: one name, or one image.
fn may_be_one(one: &Workload<'_>, other: &Workload<'_>) -> bool {
    let images = |workload: &Workload<'_>| {
        let containers = workload.spec.pod.running_containers();
        let images = containers.filter_map(|container| container.image.value());
        images.map(|image| name_of_image(image).to_owned()).collect::<Vec<_>>()
    };
    let (own, others) = (images(one), images(other));
    one.object.name() == other.object.name()
        || own.is_empty()
        || own.iter().any(|image| others.contains(image))
}

/// The last part of an image's name, without tag and digest.
fn name_of_image(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(['@', ':']).next().unwrap_or(last)
}

/// The API server refuses a pod on the network of its node whose host ports are other ones.
fn other_number(workload: &Workload<'_>) -> Vec<Diagnostic> {
    if !workload.host_network.is_yes() {
        return Vec::new();
    }
    let containers = workload.spec.pod.all_containers();
    let ports = containers.flat_map(|container| container.ports.items()).filter_map(Field::value);
    let differing = ports.filter_map(|port| {
        let (own, host) = (port.container_port.known()?, port.host_port.known()?);
        (host.value != 0 && host.value != own.value).then_some((own, host))
    });
    differing
        .map(|(own, host)| {
            let message = format!(
                "host port {} is not container port {}, and with `hostNetwork` they are one",
                host.value, own.value
            );
            Diagnostic::error(host.label(""), message)
                .help("leave `hostPort` out: with `hostNetwork` every container port is one")
        })
        .collect()
}

/// The API server refuses a pod with one host port twice among its containers.
fn twice(workload: &Workload<'_>, ports: &[HostPort<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<(Protocol, u16, &str), &HostPort<'_>> = BTreeMap::new();
    for port in ports.iter().filter(|port| !port.is_of_sidecar) {
        let Some(address) = port.address else { continue };
        let Some(first) = seen.get(&(port.protocol, port.number, address)) else {
            seen.insert((port.protocol, port.number, address), port);
            continue;
        };
        let message = format!(
            "`{}` wants {} port {} of its node twice",
            workload.title(),
            port.protocol,
            port.number
        );
        found.push(
            Diagnostic::error(port.span.label(""), message)
                .related(first.span.label("here, too"))
                .help("the API server refuses such a pod: declare the port once"),
        );
    }
    found
}

fn more_than_nodes(
    network: &Network<'_>,
    workload: &Workload<'_>,
    ports: &[HostPort<'_>],
) -> Option<Diagnostic> {
    let planned = network.capacity.nodes.planned?;
    let replicas = workload.spec.replicas.known()?;
    let count = u64::try_from(replicas.value).ok()?;
    let port = ports.first().filter(|port| port.address == Some(""))?;
    let is_scaled = matches!(workload.object.kind(), "Deployment" | "StatefulSet" | "ReplicaSet");
    (is_scaled && count > planned.value).then(|| {
        let message = format!(
            "{count} pods of `{}` want {} port {} of a node each, and the cluster has {} nodes",
            workload.title(),
            port.protocol,
            port.number,
            planned.value
        );
        Diagnostic::error(port.span.label(""), message)
            .related(replicas.label(format!("on {} nodes", planned.value)))
            .help("run a pod on every node with a DaemonSet, or reach the pods by a Service")
    })
}
