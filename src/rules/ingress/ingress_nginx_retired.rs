//! `ingress-nginx-retired`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::image::{Component, component_of};
use crate::model::{Network, Object};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-nginx-retired.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut told: Option<Object<'_>> = None;
    for used in network.versions.images.iter().filter(|used| !used.replaced) {
        let Some((Component::IngressNginx, version)) = component_of(&used.image) else { continue };
        if told.is_some_and(|told| told.is(used.object)) {
            continue;
        }
        told = Some(used.object);
        let version = version.map_or(String::new(), |version| format!(" {version}"));
        let message =
            format!("ingress-nginx{version} is retired: nobody mends it since March 2026");
        findings.add(Diagnostic::warning(used.text.label(""), message).help(HELP));
    }
    for (object, name) in &network.ingresses.nginx_charts {
        if told.is_none_or(|told| !told.is(*object)) {
            let message = "ingress-nginx is retired: nobody mends it since March 2026";
            findings.add(Diagnostic::warning(name.label(""), message).help(HELP));
        }
    }
}

const HELP: &str = "move to Gateway API, or to another controller; the last releases, 1.15.1, 1.14.5 and 1.13.9 of 2026-03-20, get no security fixes";
