//! `netpol-namespace-missing`: see the page.

use rustc_hash::FxHashMap;

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/netpol-namespace-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut by_file: FxHashMap<&str, Vec<&Workload<'_>>> = FxHashMap::default();
    for workload in &network.workloads.all {
        by_file.entry(workload.object.path).or_default().push(workload);
    }
    for policy in network.policies.all.iter().filter(|policy| policy.namespace.is_empty()) {
        let beside = by_file.get(policy.object.path).map_or(&[][..], Vec::as_slice);
        let Some((first, others)) = beside.split_first() else { continue };
        let Some(namespace) = first.object.namespace_name() else { continue };
        let same = |other: &&Workload<'_>| other.namespace == first.namespace;
        if namespace == "default" || !others.iter().all(same) {
            continue;
        }
        let name = policy.object.name();
        let message = format!(
            "`{name}` names no namespace, and the workloads of its file are in `{namespace}`"
        );
        findings.add(
            Diagnostic::info(policy.object.label(""), message)
                .related(first.object.label(format!("in namespace `{namespace}`")))
                .help(format!("write `namespace: {namespace}`: a policy only ever selects pods of its own namespace, which else is the one of whoever applies the file")),
        );
    }
}
