//! `pod-dns-loopback-nameserver`: see the page.

use std::net::{IpAddr, Ipv4Addr};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-dns-loopback-nameserver.md"),
    check: Check::Network(check),
};

/// Where the resolver of systemd listens.
const SYSTEMD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53));

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let Some(config) = workload.spec.pod.dns_config.value() else { continue };
        if !workload.host_network.is_no() || workload.is_patched(|pod| !pod.dns_config.is_absent())
        {
            continue;
        }
        for server in config.nameservers.items().iter().filter_map(Field::known) {
            let Ok(address) = server.parse::<IpAddr>() else { continue };
            if !address.is_loopback() || (address != SYSTEMD && may_serve_dns(workload)) {
                continue;
            }
            let title = workload.title();
            let message = match address {
                SYSTEMD => format!(
                    "`{address}` is the resolver of a node, and nothing listens there in `{title}`"
                ),
                _ => format!("`{address}` is `{title}` itself, where nothing serves DNS"),
            };
            let mut others = config.nameservers.items().iter();
            let help = match others.all(|other| {
                other
                    .value()
                    .is_some_and(|text| text.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()))
            }) {
                true => "no name is found: name the cluster's DNS or a resolver of the network",
                false => "delete it: each lookup waits for it before it asks the next server",
            };
            findings.add(Diagnostic::warning(server.label(""), message).help(help));
        }
    }
}

/// A second container, a port 53, or ports that are not known.
fn may_serve_dns(workload: &Workload<'_>) -> bool {
    let serves_dns = |number: Option<u16>| number.is_none_or(|number| number == 53);
    let image = |name: &str| {
        ["dns", "pihole", "adguard", "unbound", "bind", "named", "resolver", "consul"]
            .iter()
            .any(|part| name.contains(part))
    };
    let containers: Vec<_> = workload.spec.pod.running_containers().collect();
    containers.len() != 1
        || workload.patches.iter().any(Option::is_none)
        || !workload.ports_are_known()
        || workload.ports().any(|port| serves_dns(port.number))
        || containers[0].image.value().is_none_or(|name| image(name))
}
