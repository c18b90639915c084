//! `service-source-ranges-open`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::parse_cidr;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-source-ranges-open.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        let ranges = service.spec.load_balancer_source_ranges.items();
        let is_load_balancer = service.spec.kind.value().is_some_and(|kind| kind == "LoadBalancer");
        let is_all = |range: &Field<String>| {
            let cidr = range.value().and_then(|text| parse_cidr(text.trim()).ok());
            cidr.is_some_and(|cidr| cidr.prefix == 0)
        };
        if !is_load_balancer || !ranges.iter().all(is_all) {
            continue;
        }
        let Some(first) = ranges.first().and_then(Field::known) else { continue };
        let message = format!(
            "`loadBalancerSourceRanges` of the Service `{}` lets everybody in, as without it",
            service.object.name()
        );
        findings.add(
            Diagnostic::info(first.label(""), message)
                .help("name the networks that clients come from, or leave the field out"),
        );
    }
}
