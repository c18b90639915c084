//! `calico-reservation-unused`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::{parse_address, parse_cidr};
use crate::model::addresses::{IpRange, Role};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/calico-reservation-unused.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    if !plan.is_complete(Role::IpPool) || !plan.is_complete(Role::LoadBalancer) {
        return;
    }
    let pools: Vec<IpRange> = plan.pools.iter().map(|pool| pool.range()).collect();
    for (_, reservation) in &network.calico.reservations {
        for text in reservation.reserved_cidrs.items().iter().filter_map(Field::known) {
            let Some(range) = parse(text.trim()) else { continue };
            let mut of_family = pools.iter().filter(|pool| pool.family() == range.family());
            if of_family.clone().next().is_none() || of_family.any(|pool| pool.overlaps(range)) {
                continue;
            }
            let message = format!("`{range}` is in no pool, so there is nothing to reserve");
            findings.add(
                Diagnostic::info(text.label(""), message)
                    .related_all(plan.pools.iter().take(3).map(|pool| pool.span.label("IP pool")))
                    .help("reserve addresses of a pool, or take the entry out"),
            );
        }
    }
}

fn parse(text: &str) -> Option<IpRange> {
    let cidr = parse_cidr(text).map(|cidr| cidr.range());
    cidr.or_else(|_| parse_address(text).map(IpRange::single)).ok()
}
