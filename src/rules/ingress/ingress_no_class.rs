//! `ingress-no-class`: see the page.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::model::ingresses::ClassName;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/ingress/ingress-no-class.md"),
    check: Check::Network(check),
};

/// Flags by which controllers take Ingresses without a class.
const TAKES_ANY: [&str; 2] = ["--watch-ingress-without-class", "--ingress-class-by-name"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let ingresses = &network.ingresses;
    let has_default = ingresses.classes.iter().any(|class| class.default.is_some());
    if has_default || takes_any(network) {
        return;
    }
    for ingress in &ingresses.all {
        if !matches!(ingress.class, ClassName::Absent) || ingress.object.is_chart_default() {
            continue;
        }
        let name = ingress.object.name();
        let message =
            format!("Ingress `{name}` names no class, and no IngressClass in view is the default");
        let help = "set `ingressClassName`, or mark one class as the default: most controllers pass over an Ingress without a class";
        let labels =
            ingresses.classes.iter().take(3).map(|class| class.object.label("not the default"));
        // Without classes in view, the cluster may well have a default.
        let severity = match ingresses.classes.is_empty() {
            true => Severity::Info,
            false => Severity::Warning,
        };
        let diagnostic = Diagnostic::new(severity, ingress.object.label(""), message);
        findings.add(diagnostic.related_all(labels).help(help));
    }
}

fn takes_any(network: &Network<'_>) -> bool {
    network.workloads.all.iter().any(|workload| {
        workload.spec.pod.all_containers().any(|container| {
            let mut words = container.command.items().iter().chain(container.args.items());
            words.any(|word| match word.value() {
                Some(word) => {
                    TAKES_ANY.iter().any(|flag| word.starts_with(flag) && !word.ends_with("=false"))
                }
                None => false,
            })
        })
    })
}
