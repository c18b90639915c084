//! `kube-proxy-priority-class`: see the page.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::image::Component;
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

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
                let edit = Edit { span: class.span, text: WANTED.to_owned() };
                Diagnostic::warning(class.label(""), message).fix(fix(edit))
            }
            None if field.is_unknown() => continue,
            None => {
                let message = format!("DaemonSet `{name}` has no `priorityClassName`");
                let diagnostic = Diagnostic::warning(workload.object.label(""), message);
                match insertion(workload) {
                    Some(edit) => diagnostic.fix(fix(edit)),
                    None => diagnostic,
                }
            }
        };
        findings.add(diagnostic.help(format!("set `priorityClassName: {WANTED}`")));
    }
}

fn fix(edit: Edit) -> Fix {
    Fix { title: format!("set it to `{WANTED}`"), safety: Safety::Unsafe, edits: vec![edit] }
}

/// The entry, in front of the pod's containers.
fn insertion(workload: &Workload<'_>) -> Option<Edit> {
    let key = workload.spec.pod_keys.key(workload.spec.pod.containers.span())?;
    let text = key.entry_before(&format!("priorityClassName: {WANTED}"))?;
    let span = Span { end: key.span.start, ..key.span };
    Some(Edit { span, text })
}
