//! `ingress-backend-missing`: see the page.

use super::backends::{missing, serving};
use crate::model::Network;
use crate::model::routes::RouteKind;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-backend-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for (route, backend) in serving(network, |kind| kind != RouteKind::Gateway) {
        findings.extend(missing(network, route, backend));
    }
}
