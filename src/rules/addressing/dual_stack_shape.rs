//! `dual-stack-shape`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{Family, RangeList};
use crate::rules::addressing::cluster_dns::ServiceRanges;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/dual-stack-shape.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let limited = network.addresses.lists.iter().filter(|list| !list.source.takes_several());
    for list in limited {
        two_of_one_family(list, findings);
    }
    services(network, findings);
}

fn two_of_one_family(list: &RangeList<'_>, findings: &mut Findings<'_>) {
    let field = list.source.field();
    for family in Family::ALL {
        let mut of_family = list.ranges.iter().filter(|(range, _)| range.family() == family);
        let (Some((first, first_span)), Some((second, span))) =
            (of_family.next(), of_family.next())
        else {
            continue;
        };
        let message = format!("`{field}` has two {family} ranges, `{first}` and `{second}`");
        findings.add(
            Diagnostic::error(span.label(""), message)
                .related(first_span.label(format!("first {family} range")))
                .help("leave one range, or one of each family"),
        );
    }
}

fn services(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let ranges = ServiceRanges::of(plan);
    let Some(range) = ranges.and_then(|ranges| ranges.single_family()) else { return };
    for (span, object) in &plan.dual_stack_services {
        let message = format!(
            "Service `{}` requires both families, and the {} has {} alone",
            object.name(),
            range.title(),
            range.range.family()
        );
        findings.add(
            Diagnostic::error(span.label(""), message)
                .related(range.label())
                .help("write `PreferDualStack`, or give Services a range of each family"),
        );
    }
}
