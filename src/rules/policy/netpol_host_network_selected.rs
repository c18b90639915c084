//! `netpol-host-network-selected`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::workloads::Workload;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-host-network-selected.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for policy in network.policies.all.iter().filter(|policy| !policy.selector.is_empty()) {
        let classes = policy.classes(&network.workloads).into_iter();
        let sure = classes.filter(|(_, selects)| selects.is_yes()).map(|(class, _)| class);
        let on_node: Vec<&Workload<'_>> = sure
            .flat_map(|class| network.workloads.members(class))
            .filter(|workload| workload.host_network.is_yes())
            .collect();
        let Some(first) = on_node.first() else { continue };
        let titles: Vec<String> = on_node.iter().map(|workload| workload.title()).collect();
        let message = format!(
            "{} has the network of its node, where policies do not apply",
            some_of(&titles, "workloads")
        );
        let message = if titles.len() == 1 {
            message
        } else {
            message.replace(" has the network of its node", " have the network of their node")
        };
        let span = policy.spec.pod_selector.span().unwrap_or(policy.object.resource.name_span());
        let place = policy.spec.keys.span(Some(span)).unwrap_or(span);
        let switch = first.spec.pod.host_network.span();
        findings.add(
            Diagnostic::info(place.label(""), message)
                .related_all(switch.map(|span| span.label("not in any policy")))
                .help("what a policy does to such pods depends on the network plugin, and mostly it is nothing"),
        );
    }
}
