//! `privileged-port`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::infrastructure::is_infrastructure;
use crate::model::workloads::{Container, Workload};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/privileged-port.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let low = low_ports(workload);
        // What a workload is for takes longest to tell.
        if low.is_empty() || lowers_the_bound(workload) || is_infrastructure(workload) {
            continue;
        }
        for (container, number) in low {
            let name = container.name.value().map_or("", String::as_str);
            let who = format!("container `{name}` of `{}`", workload.title());
            let message = match number.value {
                22 => format!("{who} has the port of SSH: 22"),
                _ => format!("{who} has a port below 1024: {}", number.value),
            };
            findings.add(
                Diagnostic::info(number.label(""), message)
                    .help("listen on a port from 1024 on; a Service leads there by `targetPort`"),
            );
        }
    }
}

/// The declared ports that only root may listen on, and that of SSH.
fn low_ports<'a>(workload: &Workload<'a>) -> Vec<(&'a Container, &'a Spanned<i64>)> {
    let mut low = Vec::new();
    for container in workload.spec.pod.running_containers() {
        let may_bind = asks_for(container, "NET_BIND_SERVICE");
        for port in container.ports.items().iter().filter_map(Field::value) {
            let number = port.container_port.known();
            low.extend(
                number
                    .filter(|number| match number.value {
                        22 => true,
                        number => (1..1024).contains(&number) && !may_bind,
                    })
                    .map(|number| (container, number)),
            );
        }
    }
    low
}

fn lowers_the_bound(workload: &Workload<'_>) -> bool {
    let security = workload.spec.pod.security_context.value();
    let sysctls = security.map_or(&[][..], |security| security.sysctls.items());
    sysctls.iter().filter_map(Field::value).any(|sysctl| {
        sysctl.name.value().is_some_and(|name| name == "net.ipv4.ip_unprivileged_port_start")
    })
}

fn asks_for(container: &Container, capability: &str) -> bool {
    let security = container.security_context.value();
    let capabilities = security.and_then(|security| security.capabilities.value());
    let added = capabilities.map_or(&[][..], |capabilities| capabilities.add.items());
    added.iter().filter_map(Field::value).any(|name| name == capability)
}
