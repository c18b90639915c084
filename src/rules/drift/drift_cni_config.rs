//! `drift-cni-config`: see the page.

use crate::diagnostic::Severity;
use crate::model::Network;
use crate::model::drift::Difference;
use crate::model::drift::cni::{Subject, folders, network_differences, other_differences};
use crate::rules::drift::words::report;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/drift-cni-config.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let folders = folders(&network.cni);
    for (subject, differences) in network_differences(&folders) {
        for difference in differences {
            let severity = severity(&subject, &difference);
            findings.add(report(&title(&subject, true), severity, &difference));
        }
    }
    // What is not the pods' own network, such as those that Multus adds.
    for (subject, differences) in other_differences(&folders) {
        for difference in differences {
            let severity = severity(&subject, &difference).min(Severity::Warning);
            findings.add(report(&title(&subject, false), severity, &difference));
        }
    }
}

fn severity(subject: &Subject, difference: &Difference<'_>) -> Severity {
    let is_left_out = difference.sides.iter().any(|side| side[0].value.is_none());
    match subject {
        // The plugin may choose what is written elsewhere.
        Subject::Mtu if is_left_out => Severity::Warning,
        Subject::Chain | Subject::Ipam | Subject::Name | Subject::Version | Subject::Mtu => {
            Severity::Error
        }
        Subject::Field { .. } => Severity::Info,
    }
}

fn title(subject: &Subject, is_pod_network: bool) -> String {
    let network = if is_pod_network { "the pod network" } else { "a network" };
    match subject {
        Subject::Chain => format!("the chain of plugins of {network}"),
        Subject::Ipam => format!("the IPAM plugin of {network}"),
        Subject::Name => format!("the name of {network}"),
        Subject::Version => format!("the CNI version of {network}"),
        Subject::Mtu => format!("the MTU of {network}"),
        Subject::Field { plugin, field } => format!("`{field}` of the plugin `{plugin}`"),
    }
}
