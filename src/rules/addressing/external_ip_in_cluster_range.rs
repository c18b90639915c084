//! `external-ip-in-cluster-range`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{AddressRange, Role, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/external-ip-in-cluster-range.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    // Where pods share the network of the nodes, an address outside may lie in their range.
    let pods = match plan.pods_share_node_network {
        true => Vec::new(),
        false => plan.pod_ranges(),
    };
    let is_range = |range: &&AddressRange<'_>| {
        range.source.defines_services() || range.source == Source::SERVICE_CIDR_OBJECT
    };
    let services = plan.of(Role::Service).filter(is_range);
    let ranges: Vec<&AddressRange<'_>> =
        services.chain(pods).filter(|range| range.is_fact()).collect();
    for address in &plan.service_addresses {
        if address.source != Source::EXTERNAL_IP {
            continue;
        }
        let holds = |range: &&&AddressRange<'_>| range.range.contains_address(address.address);
        let Some(range) = ranges.iter().find(holds) else { continue };
        let message = format!(
            "external IP `{}` of the Service `{}` lies inside the {}",
            address.address,
            address.object.name(),
            range.title()
        );
        findings.add(
            Diagnostic::warning(address.span.label(""), message).related(range.label()).help(
                "name an address outside the cluster that is routed to its nodes: what pods or Services have is theirs",
            ),
        );
    }
}
