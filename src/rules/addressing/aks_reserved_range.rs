//! `aks-reserved-range`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::group::by_range;
use crate::model::addresses::range::parse_cidr;
use crate::model::addresses::{AddressRange, Known, Role};
use crate::model::installer::Provider;
use crate::rules::addressing::also;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/aks-reserved-range.md"),
    check: Check::Network(check),
};

/// What Azure keeps: <https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning>.
/// 169.254.0.0/16 is there, too, and wrong on any cluster.
const RESERVED: [&str; 3] = ["172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if !network.is_run_by(Provider::Aks) {
        return;
    }
    let roles = [Role::Pod, Role::IpPool, Role::Service, Role::NodeNetwork];
    let written =
        |range: &&AddressRange<'_>| range.known == Known::Written && roles.contains(&range.role());
    for group in by_range(network.addresses.ranges.iter().filter(written)) {
        let first = group.statements[0];
        let overlaps = |reserved: &&str| {
            parse_cidr(reserved).is_ok_and(|reserved| reserved.range().overlaps(first.range))
        };
        let Some(reserved) = RESERVED.into_iter().find(overlaps) else {
            continue;
        };
        let message = format!("{} overlaps `{reserved}`, which AKS does not take", first.title());
        findings.add(
            Diagnostic::error(first.span.label(""), message)
                .related_all(also(&group.statements[1..]))
                .help("Azure refuses it: choose another private range"),
        );
    }
}
