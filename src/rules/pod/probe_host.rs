//! `probe-host`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/pod/probe-host.md"), check: Check::Network(check) };

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let is_known = workload.patches.is_empty() && !network.patches.may_change(workload.object);
        if !workload.host_network.is_no() || !is_known {
            continue;
        }
        let containers = workload.spec.pod.running_containers();
        for (what, probe) in containers.flat_map(|container| container.probes()) {
            if what.starts_with("hook") {
                continue;
            }
            for host in probe.targets().filter_map(|target| target.host.known()) {
                let text = host.value.trim();
                let who = format!("the {what} of `{}` asks `{text}`", workload.title());
                if text.is_empty() {
                    continue;
                }
                let is_node = text.eq_ignore_ascii_case("localhost")
                    || text.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
                findings.add(match is_node {
                    true => Diagnostic::warning(
                        host.label(""),
                        format!("{who}, which is the node and not the pod"),
                    )
                    .help("leave `host` out: the kubelet asks the pod then"),
                    false => Diagnostic::info(host.label(""), format!("{who} and not the pod")),
                });
            }
        }
    }
}
