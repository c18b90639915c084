//! `service-cidr-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::overlap::Coverage;
use crate::model::addresses::{AddressRange, Duty, Known, Role};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/service-cidr-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    if !plan.is_complete(Role::Service) {
        return;
    }
    // The API server's flag decides; installers make it of their fields.
    let flags: Vec<_> = plan.with_duty(Role::Service, Duty::Overrides).collect();
    let fields: Vec<_> = plan.with_duty(Role::Service, Duty::Defines).collect();
    let deciding = if flags.is_empty() { &fields } else { &flags };
    let extensions = plan.with_duty(Role::Service, Duty::Extends);
    let known: Vec<_> = deciding.iter().copied().chain(extensions).map(|r| r.range).collect();
    let known = Coverage::of(&known);
    let repeats = |range: &&AddressRange<'_>| {
        let other_source = deciding.iter().all(|decides| decides.source != range.source);
        other_source && range.source.duty() != Duty::Extends && range.known == Known::Written
    };
    for range in plan.of(Role::Service).filter(repeats) {
        let of_family = |other: &&&AddressRange<'_>| other.range.family() == range.range.family();
        let Some(decides) = deciding.iter().find(of_family) else { continue };
        if known.overlaps(range.range) {
            continue;
        }
        let message =
            format!("{} has nothing in common with the {}", range.title(), decides.title());
        findings.add(
            Diagnostic::error(range.span.label(""), message)
                .related(decides.label())
                .help(format!("write `{}` in both places", decides.range)),
        );
    }
}
