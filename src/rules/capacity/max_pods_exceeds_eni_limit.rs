//! `max-pods-exceeds-eni-limit`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::capacity::Ipam;
use crate::model::installer::{Instances, Plugin, eni};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/capacity/max-pods-exceeds-eni-limit.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let installers = &network.installers;
    let by_interfaces =
        installers.iter().any(|it| matches!(it.plugin, Plugin::Named("amazonvpc" | "aws-vpc-cni")));
    // Traces of another plugin leave it open who gives addresses.
    if !by_interfaces || network.capacity.ipam != Ipam::Other || eni::delegates_prefixes(network) {
        return;
    }
    let groups = installers.iter().flat_map(|installer| &installer.instances);
    findings.extend(groups.filter_map(too_many));
}

/// On the type of machine with the most room.
fn too_many(group: &Instances<'_>) -> Option<Diagnostic> {
    let known = group.machines.iter().map(|machine| Some((*machine, eni::interfaces(machine)?)));
    let known: Option<Vec<_>> = known.collect();
    let (machine, interfaces) = known?.into_iter().max_by_key(|(_, it)| it.pods())?;
    let pods = u64::try_from(group.max_pods.value).ok()?;
    (pods > interfaces.pods()).then(|| {
        let message = format!(
            "{pods} pods on an `{}`, which has addresses for {}",
            machine.value,
            interfaces.pods()
        );
        let eni::Interfaces { number, addresses } = interfaces;
        Diagnostic::warning(group.max_pods.label(""), message)
            .related(machine.label(format!("{number} interfaces with {addresses} addresses each")))
            .help(format!(
                "switch prefix delegation on, or run at most {} pods on such a machine",
                interfaces.pods()
            ))
    })
}
