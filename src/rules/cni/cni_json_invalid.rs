//! `cni-json-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::CniOrigin;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-json-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in &network.cni.configs {
        let Some(problem) = &config.config.strict_problem else { continue };
        if config.config.origin == CniOrigin::NetworkAttachment {
            continue;
        }
        let severity = network.cni.severity_of_failure(config);
        let message = format!("not JSON: {}", problem.value);
        let mut help = "JSON has no comments, no comma behind the last item, and all keys and \
                        texts in double quotes"
            .to_owned();
        if let Some(consequence) = network.cni.consequence_of_failure(config) {
            help.push_str("; ");
            help.push_str(&consequence);
        }
        findings.add(Diagnostic::new(severity, problem.label(""), message).help(help));
    }
    for config in &network.flannel.configs {
        let Some(problem) = &config.config.strict_problem else { continue };
        let message = format!("not JSON: {}", problem.value);
        findings.add(Diagnostic::error(problem.label(""), message).help(
            "flannel stops with \"error parsing subnet config\": JSON has no comments, no comma \
             behind the last item, and all keys and texts in double quotes",
        ));
    }
}
