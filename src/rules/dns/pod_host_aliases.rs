//! `pod-host-aliases`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::host_names;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-host-aliases.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let mut first = None;
        for alias in workload.spec.pod.host_aliases.items().iter().filter_map(Field::value) {
            let address = alias.ip.value().and_then(|ip| ip.parse::<IpAddr>().ok());
            let Some(address) = address.filter(|address| !address.is_loopback()) else { continue };
            for name in alias.hostnames.items().iter().filter_map(Field::known) {
                let service = host_names::service(workload, &network.services, name);
                let Some(service) = service else {
                    first = first.or(Some((name, address)));
                    continue;
                };
                let message = format!(
                    "`{}` is `{address}` in `{}`, and not the Service of that name",
                    name.value,
                    workload.title()
                );
                findings.add(
                    Diagnostic::warning(name.label(""), message)
                        .related(service.object.label("the Service"))
                        .help("delete the alias, or give it a name that no Service has"),
                );
            }
        }
        if let Some((name, address)) = first {
            let message =
                format!("`{}` is fixed to `{address}` by the pod's hosts file", name.value);
            findings.add(
                Diagnostic::info(name.label(""), message)
                    .help("give the address a name in DNS, so that it can move"),
            );
        }
    }
}
