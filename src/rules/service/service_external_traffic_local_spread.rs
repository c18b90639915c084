//! `service-external-traffic-local-spread`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::services::Service;
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-external-traffic-local-spread.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if network.capacity.nodes.is_single {
        return;
    }
    for service in network.services.all.iter().filter(|service| service.is_external()) {
        let Some(policy) = service.spec.external_traffic_policy.known() else { continue };
        let Some(workload) = only_workload(network, service) else { continue };
        if policy.value != "Local" || service.is_patched {
            continue;
        }
        let count = match &workload.spec.replicas {
            Field::Absent => 1,
            Field::Known(count) if count.value > 0 => count.value,
            Field::Known(_) | Field::Unknown(_) => continue,
        };
        if count > 1 && is_spread(workload) {
            continue;
        }
        let title = workload.title();
        let (pods, label) = match count {
            1 => (format!("`{title}` has one pod"), "one pod".to_owned()),
            _ => {
                (format!("nothing spreads the {count} pods of `{title}`"), format!("{count} pods"))
            }
        };
        let message = format!(
            "the Service `{}` answers only on nodes with a pod, and {pods}",
            service.object.name()
        );
        findings.add(
            Diagnostic::info(policy.label(""), message)
                .related(workload.object.label(label))
                .help("spread the pods over nodes, or use `Cluster` where the client's address does not matter"),
        );
    }
}

fn only_workload<'n, 'a>(
    network: &'n Network<'a>,
    service: &Service<'_>,
) -> Option<&'n Workload<'a>> {
    let [(class, selects)] = service.selected.as_slice() else { return None };
    let mut members = network.workloads.members(*class);
    let (workload, None) = (members.next()?, members.next()) else { return None };
    let is_scaled = matches!(workload.object.kind(), "Deployment" | "StatefulSet");
    let is_known = workload.patches.is_empty() && !network.patches.may_change(workload.object);
    let autoscaled = network.objects.iter().any(|object| {
        object.kind() == "HorizontalPodAutoscaler" && object.namespace() == workload.namespace
    });
    (selects.is_yes() && is_scaled && is_known && !autoscaled).then_some(workload)
}

fn is_spread(workload: &Workload<'_>) -> bool {
    let pod = &workload.spec.pod;
    let affinity = pod.affinity.value();
    !pod.topology_spread_constraints.is_absent()
        || pod.affinity.is_unknown()
        || affinity.is_some_and(|affinity| !affinity.pod_anti_affinity.is_absent())
}
