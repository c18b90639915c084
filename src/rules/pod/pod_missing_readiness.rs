//! `pod-missing-readiness`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/pod-missing-readiness.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        let serves = matches!(workload.object.kind(), "DaemonSet" | "Deployment" | "StatefulSet");
        let is_asked = workload
            .spec
            .pod
            .running_containers()
            .any(|container| !container.readiness_probe.is_absent());
        let is_known = workload.patches.is_empty() && !network.patches.may_change(workload.object);
        if !serves || is_asked || !is_known {
            continue;
        }
        let sends = |service: &&Service<'_>| {
            let waits = service.spec.publish_not_ready_addresses.is_absent()
                || service.spec.publish_not_ready_addresses.value() == Some(&false);
            let selects = service
                .selected
                .iter()
                .any(|(class, selects)| *class == workload.class && selects.is_yes());
            waits && selects && service.ports().next().is_some()
        };
        let Some(service) = network.services.of_class(workload.class).find(sends) else {
            continue;
        };
        let message = format!(
            "pods of `{}` get traffic as soon as they run: no container has a readiness probe",
            workload.title()
        );
        findings.add(
            Diagnostic::info(workload.object.label(""), message)
                .related(service.object.label("sends traffic to them"))
                .help("give the container that serves a `readinessProbe`"),
        );
    }
}
