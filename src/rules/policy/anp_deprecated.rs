//! `anp-deprecated`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::admin_policies::{AdminKind, AdminPolicyView};
use crate::model::cluster_dns::ServerKind;
use crate::model::image::Component;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/policy/anp-deprecated.md"),
    check: Check::Network(check),
};

/// The first Calico that does not enforce them: its release notes.
const CALICO_WITHOUT: (u32, u32) = (3, 32);

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // OpenShift's network plugin enforces these, and not what took their place.
    if network.dns.servers.iter().any(|server| server.kind == ServerKind::OpenShift) {
        return;
    }
    let old: Vec<AdminPolicyView<'_>> =
        network.admin_policies().filter(|policy| policy.kind != AdminKind::Cluster).collect();
    let Some((first, others)) = old.split_first() else { return };
    let calico = network.versions.software.iter().find(|software| {
        let release = (software.release.major, software.release.minor);
        software.component == Component::Calico && release >= CALICO_WITHOUT
    });
    let kind = first.kind.name();
    let place = first.object.resource.kind.span;
    let diagnostic = match calico {
        Some(calico) => Diagnostic::warning(
            place.label(""),
            format!("Calico {} does not enforce {kind}", calico.version),
        )
        .related(calico.label(format!("Calico {}", calico.version))),
        None => Diagnostic::info(
            place.label(""),
            format!(
                "ClusterNetworkPolicy takes the place of {kind}, which is not developed any more"
            ),
        ),
    };
    let others = others.iter().map(|other| other.object.label("and this one"));
    findings.add(diagnostic.related_all(others.take(5)).help(
        "write a ClusterNetworkPolicy of `policy.networking.k8s.io/v1alpha2` with `tier: Admin` or `tier: Baseline`: `Allow` is called `Accept` there, and `ports` are `protocols`",
    ));
}
