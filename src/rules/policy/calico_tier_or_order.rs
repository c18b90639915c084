//! `calico-tier-or-order`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::rivals::{Contender, rivals};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/calico-tier-or-order.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let contenders = network.calico_policies().filter_map(|policy| {
        let order = policy.spec.order.known()?;
        let tier = match policy.spec.tier.is_unknown() {
            true => return None,
            false => policy.spec.tier.value().map_or("default", String::as_str),
        };
        let place = Spanned::new(order.value, order.span);
        Some(Contender { tier: tier.to_owned(), place, object: policy.object })
    });
    for rivals in rivals(network, contenders.collect()) {
        let (first, second) = (rivals.first, rivals.second);
        let message = format!(
            "`{}` and `{}` have order {} in tier `{}` and do different things to the {} of the same pods: their names decide which one is asked first",
            second.object.name(),
            first.object.name(),
            rivals.place,
            rivals.tier,
            rivals.direction.field(),
        );
        findings.add(
            Diagnostic::info(second.span.label(""), message)
                .related(first.span.label("the same order"))
                .help("give the policy that is to be asked first the lower `order`"),
        );
    }
}
