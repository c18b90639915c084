//! `lb-pool-not-advertised`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::load_balancers::PoolForm;
use crate::model::addresses::{Balancer, LoadBalancerPool};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/lb-pool-not-advertised.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let is_object = |pool: &&LoadBalancerPool<'_>| {
        pool.balancer == Balancer::MetalLb && pool.form == PoolForm::Object
    };
    for pool in plan.load_balancer_pools.iter().filter(is_object) {
        if !plan.advertisements.iter().all(|advertisement| advertisement.covers(pool).is_no()) {
            continue;
        }
        let others = plan.advertisements.iter().take(3);
        let others = others.map(|one| one.object.label("announces other pools"));
        let message = format!(
            "no L2Advertisement and no BGPAdvertisement announces the pool `{}`",
            pool.name
        );
        findings.add(
            Diagnostic::info(pool.span.label(""), message)
                .related_all(others)
                .help("name the pool in an advertisement; one without names and selectors announces all pools"),
        );
    }
}
