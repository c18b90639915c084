//! `pool-size-zero-or-tiny`: see the page.

use super::words::count;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Balancer;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/pool-size-zero-or-tiny.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for pool in &network.addresses.load_balancer_pools {
        if pool.complete && pool.entries.is_empty() && pool.balancer == Balancer::MetalLb {
            let message = format!("the pool `{}` has no addresses", pool.name);
            findings.add(
                Diagnostic::warning(pool.span.label(""), message)
                    .help("MetalLB refuses all of its configuration: give the pool a range"),
            );
        }
    }
    let Some(supply) = &network.capacity.load_balancers else { return };
    let services = &supply.services;
    if supply.addresses >= services.len() as u128 || supply.addresses == 0 {
        return;
    }
    let pools = &supply.pools;
    let addresses = count(supply.addresses, "address");
    let message = match pools.len() {
        1 => {
            format!("{addresses} in the pool for {} Services of type LoadBalancer", services.len())
        }
        several => format!(
            "{addresses} in {several} pools for {} Services of type LoadBalancer",
            services.len()
        ),
    };
    let asked = services.iter().take(3).map(|service| service.label("asks for an address"));
    findings.add(
        Diagnostic::warning(pools[0].label(""), message)
            .related_all(pools[1..].iter().take(3).map(|pool| pool.label("pool")))
            .related_all(asked)
            .help(
                "widen a pool, or let Services share an address: those that come last stay pending",
            ),
    );
}
