//! `ingress-issuer-missing`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::namespaces::fold;
use crate::model::near_miss::is_slip;
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-issuer-missing.md"),
    check: Check::Network(check),
};

/// The annotation, the kind that it names, whether that has to be in the same namespace, and the
/// kind that it is mixed up with.
const ISSUERS: [(&str, &str, bool, &str); 2] = [
    ("cert-manager.io/cluster-issuer", "ClusterIssuer", false, "Issuer"),
    ("cert-manager.io/issuer", "Issuer", true, "ClusterIssuer"),
];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let issuers: Vec<Object<'_>> = network
        .objects
        .iter()
        .copied()
        .filter(|object| object.resource.group() == "cert-manager.io")
        .filter(|object| ISSUERS.iter().any(|(_, kind, ..)| object.kind() == *kind))
        .collect();
    for ingress in &network.ingresses.all {
        let foreign = ingress.annotations("cert-manager.io/issuer-").next().is_some();
        for (key, kind, is_local, other_kind) in ISSUERS.into_iter().filter(|_| !foreign) {
            let Some(name) = ingress.annotation(key) else { continue };
            let own = ingress.object;
            let in_reach = || {
                issuers.iter().filter(|issuer| {
                    let is_near = !is_local || fold(issuer.namespace()) == fold(own.namespace());
                    issuer.kind() == kind && is_near
                })
            };
            if in_reach().any(|issuer| issuer.name() == name.value) {
                continue;
            }
            let near = in_reach().find(|issuer| is_slip(&name.value, issuer.name()));
            let other = issuers
                .iter()
                .find(|issuer| issuer.kind() == other_kind && issuer.name() == name.value);
            let label = match (near, other) {
                (Some(near), _) => near.label(format!("did you mean `{}`?", near.name())),
                (None, Some(other)) => other.label(format!("this one is of kind {other_kind}")),
                (None, None) => continue,
            };
            let message = format!(
                "Ingress `{}` asks for the {kind} `{}`, and none is in view",
                own.name(),
                name.value
            );
            findings.add(Diagnostic::warning(name.label(""), message).related(label).help(
                "cert-manager issues nothing by an issuer that does not exist: \
                 `cert-manager.io/issuer` is for Issuers of the same namespace, \
                 `cert-manager.io/cluster-issuer` for ClusterIssuers",
            ));
        }
    }
}
