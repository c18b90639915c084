//! `etcd-version-vs-k8s`: see the page.

use super::bundled::left_behind;
use crate::model::Network;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/etcd-version-vs-k8s.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    left_behind(network, findings, Component::Etcd, |minor| minor.etcd);
}
