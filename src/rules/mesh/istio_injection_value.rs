//! `istio-injection-value`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::mesh::injection::{INJECTION_LABEL, POD_KEY, Wish, wish};
use crate::model::workloads::{ObjectMeta, Workload};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mesh/istio-injection-value.md"),
    check: Check::Network(check),
};

/// What people write to keep a proxy away.
const NO: [&str; 5] = ["false", "no", "n", "off", "disabled"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for object in network.namespace_objects() {
        let metadata = &object.resource.metadata;
        let label = metadata.labels.value().and_then(|labels| labels.get(INJECTION_LABEL));
        if let Some(value) = label.and_then(|value| value.known())
            && !matches!(value.as_str(), "enabled" | "disabled")
        {
            let message = format!("`{INJECTION_LABEL}: {}` injects no proxies", value.value);
            findings.add(
                Diagnostic::warning(value.label(""), message)
                    .help("only the value `enabled` turns injection on; `disabled` says that it is meant to be off"),
            );
        }
        if label.is_none()
            && let Some(value) = metadata.annotation(INJECTION_LABEL)
        {
            let message =
                format!("`{INJECTION_LABEL}` is an annotation of namespace `{}`", object.name());
            findings.add(
                Diagnostic::warning(value.label(""), message)
                    .help("Istio looks at labels of namespaces: move it to `metadata.labels`"),
            );
        }
    }
    for workload in &network.workloads.all {
        let metadata = &workload.spec.pod_metadata;
        findings.extend(misplaced(workload));
        for map in [&metadata.labels, &metadata.annotations] {
            let value = map.value().and_then(|map| map.get(POD_KEY)).and_then(|it| it.known());
            let Some(value) = value else { continue };
            let is_no = NO.contains(&value.to_ascii_lowercase().as_str());
            if is_no || wish(value) != Wish::DoNotInject {
                continue;
            }
            let message = format!("`{POD_KEY}: {}` keeps the proxy away", value.value);
            findings.add(
                Diagnostic::warning(value.label(""), message)
                    .help("write `true` to have a proxy, or `false` to have none: any other value counts as `false`"),
            );
        }
    }
}

/// On a Deployment it does nothing: it belongs to the pods.
fn misplaced(workload: &Workload<'_>) -> Option<Diagnostic> {
    let (own, pods) = (&workload.object.resource.metadata, &workload.spec.pod_metadata);
    let of = |metadata: &ObjectMeta| {
        let maps = [metadata.labels.value(), metadata.annotations.value()];
        maps.into_iter().flatten().find_map(|map| map.get(POD_KEY)?.known().cloned())
    };
    let unknown = pods.labels.is_unknown() || pods.annotations.is_unknown();
    if workload.object.kind() == "Pod" || unknown || !workload.patches.is_empty() {
        return None;
    }
    let value = of(own).filter(|_| of(pods).is_none())?;
    let kind = workload.object.kind();
    let message = format!("`{POD_KEY}` is on the {kind}, and not on its pods");
    Some(
        Diagnostic::warning(value.label(""), message)
            .help("Istio looks at pods: move it to `metadata.labels` of the pod template"),
    )
}
