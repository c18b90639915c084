//! `kube-proxy-priority-class`: see the page.

use std::collections::HashSet;

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/proxy/kube-proxy-priority-class.md"),
    check: Check::Network(check),
};

const WANTED: &str = "system-node-critical";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let proxies = network.components.iter().filter(|one| one.component == Component::KubeProxy);
    let proxies: HashSet<*const _> =
        proxies.map(|proxy| std::ptr::from_ref(proxy.object.resource)).collect();
    for workload in &network.workloads.all {
        let is_proxy = proxies.contains(&std::ptr::from_ref(workload.object.resource));
        if workload.object.kind() != "DaemonSet" || !is_proxy {
            continue;
        }
        let field = &workload.spec.pod.priority_class_name;
        let name = workload.object.name();
        let diagnostic = match field.known() {
            // The kubelet evicts pods of neither.
            Some(class) if class.value.starts_with("system-") => continue,
            Some(class) => {
                let message = format!("the kubelet may evict priority class `{}`", class.value);
                let change = Change::write(class.span, &*class.value, WANTED);
                Diagnostic::warning(class.label(""), message).mend(mend(change))
            }
            None if field.is_unknown() => continue,
            None => {
                let message = format!("DaemonSet `{name}` has no `priorityClassName`");
                let diagnostic = Diagnostic::warning(workload.object.label(""), message);
                let change = workload.spec.pod_entry("priorityClassName", WANTED);
                diagnostic.mend_all(change.map(mend))
            }
        };
        findings.add(diagnostic.help(format!("set `priorityClassName: {WANTED}`")));
    }
}

fn mend(change: Change) -> Mend {
    Mend::risky(format!("set it to `{WANTED}`"), change)
}
