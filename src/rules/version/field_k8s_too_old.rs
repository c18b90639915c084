//! `field-k8s-too-old`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::services::Service;
use crate::model::tables::{Feature, tables};
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Span;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/version/field-k8s-too-old.md"),
    check: Check::Network(check),
};

/// A field that came with a version: its name, where it stands, and what it belongs to.
struct Use {
    field: &'static str,
    span: Span,
    feature: &'static str,
}

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let Some(server) = network.versions.newest_api_server() else { return };
    let version = server.version.without_patch();
    let services = network.services.all.iter().flat_map(of_service);
    let workloads = network.workloads.all.iter().flat_map(of_workload);
    for found in services.chain(workloads) {
        let Some(row) = tables().feature(found.feature) else { continue };
        let Feature { alpha: Some(alpha), beta: Some(beta), .. } = row else { continue };
        let field = found.field;
        let message = if version.minor_version() < alpha.minor_version() {
            format!("Kubernetes {version} does not know `{field}`: it came in {alpha}")
        } else if version.minor_version() < beta.minor_version() {
            format!("Kubernetes {version} has `{field}` only with a feature gate")
        } else {
            continue;
        };
        let help = match found.feature {
            "sidecar-containers" => "as an init container it has to end before the others start",
            _ => "the field is refused, or left out without a word",
        };
        findings.add(
            Diagnostic::warning(found.span.label(""), message)
                .related(server.label(server.title()))
                .help(help),
        );
    }
}

fn of_service(service: &Service<'_>) -> Vec<Use> {
    let spec = service.spec;
    let fields = [
        ("ipFamilyPolicy", spec.ip_family_policy.span(), "dual-stack-services"),
        ("internalTrafficPolicy", spec.internal_traffic_policy.span(), "internal-traffic-policy"),
        ("loadBalancerClass", spec.load_balancer_class.span(), "load-balancer-class"),
        ("trafficDistribution", spec.traffic_distribution.span(), "traffic-distribution"),
    ];
    // Those are the defaults, and mean nothing new.
    let is_default = |field: &str| match field {
        "ipFamilyPolicy" => {
            spec.ip_family_policy.value().is_some_and(|policy| policy == "SingleStack")
        }
        "internalTrafficPolicy" => {
            spec.internal_traffic_policy.value().is_some_and(|policy| policy == "Cluster")
        }
        _ => false,
    };
    let uses = fields.into_iter().filter(|(field, ..)| !is_default(field));
    uses.filter_map(|(field, span, feature)| Some(Use { field, span: span?, feature })).collect()
}

fn of_workload(workload: &Workload<'_>) -> Vec<Use> {
    let pod = &workload.spec.pod;
    let sidecars = pod.init_containers.items().iter().filter_map(Field::value);
    let policies = sidecars.filter_map(|container| container.restart_policy.known());
    let sidecars = policies.filter(|policy| policy.value == "Always").map(|policy| Use {
        field: "restartPolicy",
        span: policy.span,
        feature: "sidecar-containers",
    });
    let probes = pod.all_containers().flat_map(|container| {
        [&container.liveness_probe, &container.readiness_probe].into_iter().filter_map(|probe| {
            let span = probe.value()?.grpc.span()?;
            Some(Use { field: "grpc", span, feature: "grpc-probe" })
        })
    });
    sidecars.chain(probes).collect()
}
