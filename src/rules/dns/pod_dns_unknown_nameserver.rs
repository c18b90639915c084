//! `pod-dns-unknown-nameserver`: see the page.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diagnostic::{Change, Diagnostic, Label, Mend, Place};
use crate::model::addresses::{AddressRange, IpRange, Known, Role};
use crate::model::{Field, Network};
use crate::rules::addressing::cluster_dns::services;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-dns-unknown-nameserver.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some((dns, dns_label)) = cluster_dns(network) else { return };
    let plan = &network.addresses;
    let ranges: Vec<&AddressRange<'_>> = plan
        .of(Role::Service)
        .filter(|range| range.source.defines_services() && range.is_fact())
        .collect();
    let mut taken: BTreeSet<IpAddr> =
        plan.service_addresses.iter().map(|service| service.address).collect();
    taken.extend(plan.dns.iter().map(|dns| dns.address));
    for workload in &network.workloads.all {
        let Some(config) = workload.spec.pod.dns_config.value() else { continue };
        for server in config.nameservers.items().iter().filter_map(Field::known) {
            let Ok(address) = server.parse::<IpAddr>() else { continue };
            let holds = |range: &&&AddressRange<'_>| range.range.contains(IpRange::single(address));
            let Some(range) = ranges.iter().find(holds) else { continue };
            if taken.contains(&address) {
                continue;
            }
            let message = format!("no Service has the address `{address}` of this name server");
            findings.add(
                Diagnostic::warning(server.label(""), message)
                    .related(dns_label.clone())
                    .related(range.label())
                    .help(format!("write `{dns}`"))
                    .mend(Mend::risky(
                        format!("write `{dns}`"),
                        Change::write(server.span, &*server.value, dns.to_string()),
                    )),
            );
        }
    }
}

/// The address of the cluster's DNS: that of its Service, or that which kubelets are told.
fn cluster_dns(network: &Network<'_>) -> Option<(IpAddr, Label)> {
    let plan = &network.addresses;
    if let Some(service) = services(plan).first() {
        let text = format!("Service `{}`", service.object.name());
        return Some((service.address, service.span.label(text)));
    }
    let told = plan.dns.iter().find(|dns| dns.known == Known::Written)?;
    Some((told.address, told.span.label("the DNS that pods are told")))
}
