//! `unsafe-net-sysctl`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/unsafe-net-sysctl.md"),
    check: Check::Network(check),
};

/// Settings that a kubelet allows by itself, whatever its version:
/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls>
const SAFE: [&str; 11] = [
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        if !workload.patches.is_empty() || network.patches.may_change(workload.object) {
            continue;
        }
        let security = workload.spec.pod.security_context.value();
        let sysctls = security.map_or(&[][..], |security| security.sysctls.items());
        let names = sysctls.iter().filter_map(Field::value).filter_map(|it| it.name.known());
        for name in names {
            // Both ways to write it are taken.
            let setting = name.value.replace('/', ".");
            if !setting.starts_with("net.") {
                continue;
            }
            let title = workload.title();
            if workload.host_network.is_yes() {
                let message =
                    format!("`{title}` sets `{setting}` and is on the network of its node");
                let place = workload.spec.pod.host_network.span();
                findings.add(
                    Diagnostic::error(name.label(""), message)
                        .related_all(place.map(|place| place.label("the network is the node's")))
                        .help("the kubelet refuses such a pod: set it on the node"),
                );
            } else if workload.host_network.is_no() && !SAFE.contains(&setting.as_str()) {
                let message =
                    format!("`{setting}` of `{title}` starts only where the kubelet allows it");
                findings
                    .add(Diagnostic::info(name.label(""), message).help(
                        "name it in `allowedUnsafeSysctls` of the kubelets that run the pod",
                    ));
            }
        }
    }
}
