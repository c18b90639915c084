//! `metallb-configmap-removed`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::addresses::Balancer;
use crate::model::addresses::load_balancers::PoolForm;
use crate::model::image::Component;
use crate::model::version::Release;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/metallb-configmap-removed.md"),
    check: Check::Network(check),
};

/// The first version that reads objects, and nothing else:
/// <https://metallb.io/release-notes/#version-0-13-2>
const FIRST_WITH_OBJECTS: (u32, u32) = (0, 13);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(evidence) = evidence(network) else { return };
    let pools = network.addresses.load_balancer_pools.iter();
    let mut configs: Vec<_> =
        pools.filter(|pool| pool.form == PoolForm::ConfigMap).map(|pool| pool.object).collect();
    configs.dedup_by(|one, two| one.is(*two));
    for config in configs {
        // Values of the chart make an object without a name.
        let message = match config.name() {
            "" => "MetalLB does not take `configInline` any more".to_owned(),
            name => format!("MetalLB does not read the ConfigMap `{name}` any more"),
        };
        findings.add(
            Diagnostic::warning(config.label(""), message)
                .related(evidence.clone())
                .help("since 0.13, pools are IPAddressPool objects with an L2Advertisement or BGPAdvertisement: write them, and take this away"),
        );
    }
}

/// What shows that MetalLB reads objects, when nothing shows an older version.
fn evidence(network: &Network<'_>) -> Option<Label> {
    let is_metallb = |component| component == Component::MetalLb;
    let mut versions = network.versions.software.iter().filter(|one| is_metallb(one.component));
    let is_new = |release: &Release| (release.major, release.minor) >= FIRST_WITH_OBJECTS;
    if versions.clone().any(|software| !is_new(&software.release)) {
        return None;
    }
    if let Some(software) = versions.next() {
        return Some(software.label(format!("MetalLB {}", software.version)));
    }
    let plan = &network.addresses;
    let advertisement = plan.advertisements.first().map(|one| one.object);
    let mut pools = plan.load_balancer_pools.iter();
    let pool =
        pools.find(|pool| pool.balancer == Balancer::MetalLb && pool.form != PoolForm::ConfigMap);
    let object = advertisement.or(pool.map(|pool| pool.object))?;
    Some(object.label(format!("MetalLB reads this {}", object.kind())))
}
