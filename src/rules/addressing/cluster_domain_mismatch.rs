//! `cluster-domain-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::addresses::{ClusterDomain, Known, Source};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/addressing/cluster-domain-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let domains = &network.addresses.domains;
    let is_cluster = |domain: &&ClusterDomain<'_>| domain.source == Source::DnsDomain;
    let Some(cluster) = domains.iter().find(is_cluster) else { return };
    for domain in domains.iter().filter(|domain| domain.source != Source::DnsDomain) {
        if domain.domain == cluster.domain {
            continue;
        }
        let message = format!(
            "cluster domain `{}` of the kubelet differs from `{}` of the cluster",
            domain.domain, cluster.domain
        );
        let label = match cluster.known {
            Known::Written => "domain of the cluster (`networking.dnsDomain`)".to_owned(),
            _ => format!("domain `{}`, the default without `networking.dnsDomain`", cluster.domain),
        };
        findings.add(
            Diagnostic::error(domain.span.label(""), message)
                .related(cluster.span.label(label))
                .help(format!("write `{}` in both places", cluster.domain))
                .fix(Fix {
                    title: format!("write `{}`", cluster.domain),
                    safety: Safety::Unsafe,
                    edits: vec![Edit { span: domain.span, text: cluster.domain.clone() }],
                }),
        );
    }
}
