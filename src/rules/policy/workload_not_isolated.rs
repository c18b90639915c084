//! `workload-not-isolated`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::isolation::coverage;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/workload-not-isolated.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for of_namespace in coverage(network) {
        let isolated = &of_namespace.is_isolated;
        // Where nothing is isolated, the namespace is what there is to speak of.
        if !isolated.iter().any(|(ingress, egress)| *ingress || *egress) {
            continue;
        }
        for (workload, (ingress, egress)) in of_namespace.workloads.iter().zip(isolated) {
            let ways = match (ingress, egress) {
                (true, true) => continue,
                (false, true) => "ingress",
                (true, false) => "egress",
                (false, false) => "ingress or egress",
            };
            let workload = &network.workloads.all[*workload];
            let message = format!("no policy isolates `{}` for {ways}", workload.title());
            findings
                .add(Diagnostic::info(workload.object.resource.name_span().label(""), message).help(
                "without a policy that selects them for a direction, pods take and send everything",
            ));
        }
    }
}
