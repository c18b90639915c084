//! `static-cluster-ip-outside-range`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::Source;
use crate::rules::addressing::cluster_dns::ServiceRanges;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/static-cluster-ip-outside-range.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let Some(ranges) = ServiceRanges::of(plan) else { return };
    for service in &plan.service_addresses {
        // The cluster's DNS has a rule of its own.
        if service.source != Source::CLUSTER_IP || service.is_dns {
            continue;
        }
        let Some(range) = ranges.outside(service.address) else { continue };
        let message = format!(
            "cluster IP `{}` of the Service `{}` is outside the {}",
            service.address,
            service.object.name(),
            range.title()
        );
        findings.add(
            Diagnostic::error(service.span.label(""), message)
                .related(range.label())
                .help("choose an address inside the range, or leave the field out"),
        );
    }
}
