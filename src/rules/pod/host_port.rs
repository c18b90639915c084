//! `host-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::host_ports::host_ports;
use crate::model::infrastructure::is_infrastructure;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/pod/host-port.md"), check: Check::Network(check) };

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let ports = host_ports(workload);
        // What a workload is for takes longest to tell.
        if ports.is_empty() || !workload.host_network.is_no() || is_infrastructure(workload) {
            continue;
        }
        for port in ports {
            let message =
                format!("pods of `{}` take port {} of their nodes", workload.title(), port.number);
            findings.add(
                Diagnostic::info(port.span.label(""), message)
                    .help("reach the pods by a Service: each node has room for one such pod"),
            );
        }
    }
}
