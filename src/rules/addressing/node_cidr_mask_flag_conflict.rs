//! `node-cidr-mask-flag-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::{Family, Role};
use crate::model::components::ComponentFlags;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/node-cidr-mask-flag-conflict.md"),
    check: Check::Network(check),
};

const BOTH: &str = "node-cidr-mask-size";
const OF_FAMILY: [(Family, &str); 2] =
    [(Family::V4, "node-cidr-mask-size-ipv4"), (Family::V6, "node-cidr-mask-size-ipv6")];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let managers = network.components.iter();
    for manager in managers.filter(|flags| flags.component == Component::KubeControllerManager) {
        // Without ranges for nodes their size does not matter.
        let off =
            manager.flags.value("allocate-node-cidrs").is_some_and(|value| **value == "false");
        if !off {
            check_manager(network, manager, findings);
        }
    }
}

fn check_manager(network: &Network<'_>, manager: &ComponentFlags<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    let general = manager.flags.value(BOTH);
    let of_family = OF_FAMILY.map(|(family, name)| (family, name, manager.flags.value(name)));
    if let Some(general) = general
        && let Some((_, name, Some(other))) = of_family.iter().find(|(.., value)| value.is_some())
    {
        let message = format!("`--{BOTH}` and `--{name}` exclude each other");
        findings.add(
            Diagnostic::error(general.span.label(""), message)
                .related(other.label(format!("`--{name}`")))
                .help("leave the flags of the families alone"),
        );
        return;
    }
    let ranges = plan.cluster_pod_ranges();
    let range_of = |family| ranges.iter().find(|range| range.range.family() == family);
    if ranges.is_empty() || !plan.is_complete(Role::Pod) {
        return;
    }
    if let (Some(general), Some(v4), Some(v6)) =
        (general, range_of(Family::V4), range_of(Family::V6))
    {
        let message = format!("`--{BOTH}` is for one family, and pods have both");
        findings.add(
            Diagnostic::error(general.span.label(""), message)
                .related(v4.label())
                .related(v6.label())
                .help("write `--node-cidr-mask-size-ipv4` and `--node-cidr-mask-size-ipv6` for it"),
        );
    }
    for (family, name, value) in of_family {
        let Some(value) = value.filter(|_| range_of(family).is_none()) else { continue };
        findings.add(wrong_family(family, name, value).related(ranges[0].label()));
    }
}

fn wrong_family(family: Family, name: &str, value: &Spanned<String>) -> Diagnostic {
    let message = format!("`--{name}` is set, and pods have no {family} range");
    Diagnostic::error(value.label(""), message)
        .help(format!("take the flag away, or add a {family} range for pods"))
}
