//! `ingress-tls-host-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::ingresses::{Ingress, covers};
use crate::model::near_miss::is_slip;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-tls-host-mismatch.md"),
    check: Check::Network(check),
};

/// Annotations that give an Ingress more hosts than its rules have.
const MORE_HOSTS: [&str; 2] = ["/server-alias", "/from-to-www-redirect"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for ingress in &network.ingresses.all {
        let has_more =
            ingress.annotations("").any(|(key, _)| MORE_HOSTS.iter().any(|it| key.ends_with(it)));
        let Some(hosts) = hosts(ingress).filter(|hosts| !hosts.is_empty() && !has_more) else {
            continue;
        };
        let of_tls: Vec<&Spanned<String>> = tls_hosts(ingress).collect();
        // A name by itself in a certificate does no harm; a rule without one is what breaks.
        let bare: Vec<&&Spanned<String>> = hosts
            .iter()
            .filter(|host| !of_tls.iter().any(|name| meet(&name.value, &host.value)))
            .collect();
        for name in &of_tls {
            if hosts.iter().any(|host| meet(&name.value, &host.value)) {
                continue;
            }
            let near = bare.iter().find(|host| is_slip(&name.value, &host.value));
            let severity = match near.is_some() || bare.len() == hosts.len() {
                true => Severity::Warning,
                false => Severity::Info,
            };
            let message = format!(
                "`tls` has the host `{}`, and no rule of Ingress `{}` does",
                name.value,
                ingress.object.name()
            );
            let labels = match near {
                Some(near) => vec![near.label("did you mean this one?")],
                None => bare.iter().take(3).map(|host| host.label("no host of `tls`")).collect(),
            };
            findings.add(
                Diagnostic::new(severity, name.label(""), message)
                    .related_all(labels)
                    .help("requests to a host outside of `tls` get the controller's own certificate, or no TLS at all"),
            );
        }
    }
}

/// The hosts of the rules; `None` where some rule is for every host, or may be.
fn hosts<'a>(ingress: &Ingress<'a>) -> Option<Vec<&'a Spanned<String>>> {
    let rules = ingress.spec.rules.items().iter();
    rules.map(|rule| rule.value()?.host.known().filter(|host| !host.value.is_empty())).collect()
}

fn tls_hosts<'a>(ingress: &Ingress<'a>) -> impl Iterator<Item = &'a Spanned<String>> + use<'a> {
    let entries = ingress.spec.tls.items().iter().filter_map(Field::value);
    entries.flat_map(|entry| entry.hosts.items()).filter_map(Field::known)
}

/// Whether one of two names stands for the other one, or they are the same.
fn meet(one: &str, other: &str) -> bool {
    covers(one, other) || covers(other, one)
}
