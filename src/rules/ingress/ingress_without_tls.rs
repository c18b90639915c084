//! `ingress-without-tls`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-without-tls.md"),
    check: Check::Network(check),
};

/// Parts of annotations by which a load balancer or a controller brings the certificate.
const ELSEWHERE: &[&str] = &[
    "certificate-arn",
    "pre-shared-cert",
    "managed-certificates",
    "router.tls",
    "ssl-cert",
    "ssl-passthrough",
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ingress in &network.ingresses.all {
        let elsewhere =
            ingress.annotations("").any(|(key, _)| ELSEWHERE.iter().any(|part| key.contains(part)));
        if !ingress.spec.tls.is_absent() || elsewhere {
            continue;
        }
        let message = format!("Ingress `{}` has no `tls`", ingress.object.name());
        findings.add(
            Diagnostic::info(ingress.object.label(""), message)
                .help("its hosts are served without encryption, unless the controller or a proxy before it brings a certificate"),
        );
    }
}
