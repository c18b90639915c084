//! `netpol-blocks-mesh-control-plane`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::policies::Direction;
use crate::model::sidecars::{CutOff, cut_off};
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-blocks-mesh-control-plane.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut by_place: BTreeMap<(u32, u32, u32, &str), CutOff<'_>> = BTreeMap::new();
    for cut_off in cut_off(network) {
        let Some(policy) = cut_off.policies.first() else { continue };
        let place = match cut_off.rule {
            Some(rule) => network.action_place(*policy, rule),
            None => network.rules_place(*policy, Direction::Egress),
        };
        let key = (place.file.index(), place.start, place.end, cut_off.mesh.name());
        match by_place.get_mut(&key) {
            Some(known) => known.workloads.extend(cut_off.workloads),
            None => {
                by_place.insert(key, cut_off);
            }
        }
    }
    for cut_off in by_place.into_values() {
        findings.add(report(network, &cut_off));
    }
}

fn report(network: &Network<'_>, cut_off: &CutOff<'_>) -> Diagnostic {
    let policy = cut_off.policies[0];
    let (mesh, port) = (cut_off.mesh, cut_off.mesh.port());
    let workloads = cut_off.workloads.iter().map(|index| network.workloads.all[*index].title());
    let who = some_of(&workloads.collect::<Vec<String>>(), "workloads");
    let (place, why) = match cut_off.rule {
        Some(rule) => (network.action_place(policy, rule), "this rule denies it"),
        None => (network.rules_place(policy, Direction::Egress), "no egress rule lets it out"),
    };
    let message = format!(
        "the sidecar of {who} cannot talk to {}'s control plane on TCP {port}: {why}",
        mesh.name()
    );
    Diagnostic::warning(place.label(""), message)
        .related(cut_off.evidence.label("injects the sidecar"))
        .help(format!(
            "allow egress to the pods of namespace `{}`, port {port} TCP",
            mesh.namespace()
        ))
}
