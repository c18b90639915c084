//! `ingress-snippet-annotation`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-snippet-annotation.md"),
    check: Check::Network(check),
};

/// The prefix of the annotations of ingress-nginx.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    if network.ingresses.snippets_allowed {
        return;
    }
    for ingress in &network.ingresses.all {
        for (key, value) in ingress.annotations(PREFIX).filter(|(key, _)| key.ends_with("-snippet"))
        {
            let place = value.span().unwrap_or_else(|| ingress.object.label("").span);
            let message = format!(
                "Ingress `{}` brings configuration of nginx by `{key}`",
                ingress.object.name()
            );
            findings.add(
                Diagnostic::warning(place.label(""), message)
                    .help("ingress-nginx refuses snippets since 1.9 unless `allow-snippet-annotations` is set, which lets everybody who may write Ingresses read its Secrets (CVE-2021-25742): use the annotation that is made for it"),
            );
        }
    }
}
