//! `pod-ndots-external`: see the page.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Mend, Place, Value};
use crate::model::host_names::{HostName, NameKind};
use crate::model::object::known_labels;
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-ndots-external.md"),
    check: Check::Network(check),
};

/// Fewer names than these are not worth a change.
const ENOUGH: usize = 3;

/// What the kubelet gives pods, `defaultDNSOptions` in `pkg/kubelet/network/dns/dns.go`.
const NDOTS: usize = 5;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let coredns = &network.coredns;
    if coredns.complete_cluster_corefiles().any(|corefile| corefile.has("autopath")) {
        return;
    }
    for workload in &network.workloads.all {
        findings.extend(look_at(network, workload));
    }
}

fn look_at(network: &Network<'_>, workload: &Workload<'_>) -> Option<Diagnostic> {
    let pod = &workload.spec.pod;
    let cluster_first = match &pod.dns_policy {
        Field::Absent => true,
        Field::Known(policy) => policy.value == "ClusterFirst",
        Field::Unknown(_) => return None,
    };
    let patched =
        workload.is_patched(|pod| !pod.dns_policy.is_absent() || !pod.dns_config.is_absent());
    if patched || !cluster_first || !workload.host_network.is_no() || is_in_mesh(workload) {
        return None;
    }
    if pod.dns_config.is_unknown() || has_ndots(workload) {
        return None;
    }
    let names = network.told_names(workload).own();
    let outside: Vec<&HostName> = names.iter().filter(|name| is_outside(name)).collect();
    let distinct: BTreeSet<&str> = outside.iter().map(|name| name.name).collect();
    if distinct.len() < ENOUGH {
        return None;
    }
    let (count, first) = (distinct.len(), outside.first()?);
    let message = format!(
        "`{}` and {} more names outside of the cluster are tried with every search domain first",
        first.name,
        count - 1
    );
    let diagnostic = Diagnostic::info(first.span.label(""), message)
        .help("set `ndots` to 2 in `dnsConfig.options`, or write a stop behind each name");
    let option = Value::map([("name", "ndots".into()), ("value", "2".into())]);
    let config = Value::map([("options", vec![option].into())]);
    let title = "look up names with two dots as they are";
    let mend = match pod.dns_config.is_absent() {
        true => {
            workload.spec.pod_entry("dnsConfig", config).map(|change| Mend::risky(title, change))
        }
        false => None,
    };
    Some(diagnostic.mend_all(mend))
}

/// A name that is complete as it is, without the stop that says so. One with a single dot may be
/// that of a Service in another namespace, save for ends that no namespace is called.
fn is_outside(name: &HostName) -> bool {
    let dots = name.name.matches('.').count();
    let end = name.name.rsplit('.').next().unwrap_or_default();
    name.kind != NameKind::Cluster
        && name.is_called
        && !name.name.ends_with('.')
        && dots < NDOTS
        && (dots > 1 || matches!(end, "com" | "net" | "org" | "io"))
        && !matches!(end, "local" | "internal" | "svc")
}

fn has_ndots(workload: &Workload<'_>) -> bool {
    let config = workload.spec.pod.dns_config.value();
    config.is_some_and(|config| {
        config.options.is_unknown()
            || config.options.items().iter().any(|option| {
                option.value().is_none_or(|it| it.name.value().is_none_or(|name| name == "ndots"))
            })
    })
}

/// Marks by which Istio and Linkerd put their proxy into a pod.
fn is_in_mesh(workload: &Workload<'_>) -> bool {
    let metadata = &workload.spec.pod_metadata;
    let marks = ["linkerd.io/inject", "sidecar.istio.io/inject"];
    let own = &workload.object.resource.metadata;
    [&metadata.annotations, &metadata.labels, &own.annotations, &own.labels].iter().any(|map| {
        let map = known_labels(map);
        marks.iter().any(|mark| {
            map.get(mark).is_some_and(|value| matches!(*value, "enabled" | "ingress" | "true"))
        })
    })
}
