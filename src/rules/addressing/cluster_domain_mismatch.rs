//! `cluster-domain-mismatch`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::addresses::{ClusterDomain, Known};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-domain-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    check_kubelets(network, findings);
    check_corefiles(network, findings);
}

fn check_kubelets(network: &Network<'_>, findings: &mut Findings<'_>) {
    let domains = &network.addresses.domains;
    let is_cluster = |domain: &&ClusterDomain<'_>| domain.source.decides();
    let Some(cluster) = domains.iter().find(is_cluster) else { return };
    for domain in domains.iter().filter(|domain| !domain.source.decides()) {
        if domain.domain == cluster.domain {
            continue;
        }
        let message = format!(
            "cluster domain `{}` of the kubelet differs from `{}` of the cluster",
            domain.domain, cluster.domain
        );
        let label = label_of(cluster);
        findings.add(
            Diagnostic::error(domain.span.label(""), message)
                .related(cluster.span.label(label))
                .help(format!("write `{}` in both places", cluster.domain))
                .mend(Mend::risky(
                    format!("write `{}`", cluster.domain),
                    Change::write(domain.span, &*domain.domain, &*cluster.domain),
                )),
        );
    }
}

/// The Corefile against kubeadm, or against the kubelets when they agree with each other. A zone
/// beside that of the cluster may be there for several clusters to share.
fn check_corefiles(network: &Network<'_>, findings: &mut Findings<'_>) {
    let domains = &network.addresses.domains;
    let Some(first) = domains.iter().find(|d| d.source.decides()).or(domains.first()) else {
        return;
    };
    let is_sure = first.source.decides() || domains.iter().all(|d| d.domain == first.domain);
    for corefile in network.coredns.complete_cluster_corefiles().filter(|_| is_sure) {
        let zones = corefile.service_zones();
        let is_served = zones.iter().any(|(zone, _)| *zone == first.domain || zone == ".");
        let Some((zone, word)) = zones.first().filter(|_| !is_served) else { continue };
        let domain = &first.domain;
        let message =
            format!("CoreDNS serves `{zone}`, and the domain of the cluster is `{domain}`");
        findings.add(
            Diagnostic::error(corefile.label(&word.range, ""), message)
                .related(first.span.label(label_of(first)))
                .help(format!("write `{domain}` in both places")),
        );
    }
}

fn label_of(domain: &ClusterDomain<'_>) -> String {
    match (domain.source, domain.known) {
        (source, Known::Written) if source.decides() => {
            format!("domain of the cluster (`{}`)", source.field())
        }
        (source, _) if source.decides() => {
            format!("domain `{}`, the default without `{}`", domain.domain, source.field())
        }
        _ => "domain of the kubelet".to_owned(),
    }
}
