//! `lb-ip-outside-pools`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{
    Addresses, Balancer, Family, IpRange, LoadBalancerPool, Role, ServiceAddress, Source,
};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/lb-ip-outside-pools.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    for balancer in [Balancer::MetalLb, Balancer::Cilium] {
        let pools: Vec<&LoadBalancerPool<'_>> =
            plan.active_pools().filter(|pool| pool.balancer == balancer).collect();
        if !pools.iter().all(|pool| pool.complete) {
            continue;
        }
        let ranges: Vec<IpRange> =
            pools.iter().flat_map(|pool| pool.ranges().map(|(range, _)| range)).collect();
        let coverage = Coverage::of(&ranges);
        let requests = plan.service_addresses.iter().filter(|address| {
            is_request(plan, address, balancer) && !is_shared_file(network, address.object)
        });
        for request in requests {
            let family = Family::of(request.address);
            let mut of_family = pools.iter().flat_map(|pool| {
                pool.ranges().filter(|(range, _)| range.family() == family).map(move |r| (*pool, r))
            });
            // Without a pool of its family there is more amiss than this address.
            let Some((pool, (range, span))) = of_family.next() else { continue };
            if coverage.contains(IpRange::single(request.address)) {
                continue;
            }
            let label = span.label(format!("pool `{}` (`{range}`)", pool.name));
            let message = format!(
                "load balancer IP `{}` of the Service `{}` is in no pool of {}",
                request.address,
                request.object.name(),
                balancer.name()
            );
            findings.add(
                Diagnostic::warning(request.span.label(""), message).related(label).help(
                    "choose an address of a pool, or add it to one: until then the Service stays pending",
                ),
            );
        }
    }
}

/// Whether this is who has to give the address.
fn is_request(plan: &Addresses<'_>, address: &ServiceAddress<'_>, balancer: Balancer) -> bool {
    if address.source.role() != Role::LoadBalancer
        || address.source == Source::EXTERNAL_IP
        || address.has_class()
    {
        return false;
    }
    address.source.balancer().or_else(|| plan.only_balancer()) == Some(balancer)
}

/// Whether several clusters have the file of an object, of which this one may not be meant: its
/// path does not name the cluster.
fn is_shared_file(network: &Network<'_>, object: Object<'_>) -> bool {
    let name = &network.settings.name;
    let path = format!("/{}/", object.path);
    !name.is_empty() && !path.contains(&format!("/{name}/"))
}
