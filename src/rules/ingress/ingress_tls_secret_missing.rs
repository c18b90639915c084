//! `ingress-tls-secret-missing`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::namespaces::fold;
use crate::model::near_miss::is_slip;
use crate::model::{Field, Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-tls-secret-missing.md"),
    check: Check::Network(check),
};

/// Beyond so many Secrets of one namespace, looking for what was meant costs too much.
const MAX_SECRETS: usize = 500;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut secrets: BTreeMap<&str, Vec<Object<'_>>> = BTreeMap::new();
    for object in &network.objects {
        if object.kind() == "Secret" && object.resource.group().is_empty() {
            secrets.entry(fold(object.namespace())).or_default().push(*object);
        }
    }
    for ingress in &network.ingresses.all {
        // Something makes the Secret for it.
        let is_issued = |(key, _): (&str, &Field<String>)| {
            key.contains("cert-manager.io/") || key.contains("tls-acme")
        };
        let Some(secrets) = secrets.get(fold(ingress.object.namespace())) else { continue };
        if ingress.annotations("").any(is_issued) || secrets.len() > MAX_SECRETS {
            continue;
        }
        for entry in ingress.spec.tls.items().iter().filter_map(Field::value) {
            let Some(name) = entry.secret_name.known() else { continue };
            if secrets.iter().any(|secret| secret.name() == name.value) {
                continue;
            }
            let near = secrets.iter().find(|secret| is_slip(&name.value, secret.name()));
            let Some(near) = near else { continue };
            let message = format!(
                "no Secret `{}` for the certificate of Ingress `{}` is in view",
                name.value,
                ingress.object.name()
            );
            findings.add(
                Diagnostic::warning(name.label(""), message)
                    .related(near.label(format!("did you mean `{}`?", near.name())))
                    .help("without its Secret, the controller serves a certificate of its own"),
            );
        }
    }
}
