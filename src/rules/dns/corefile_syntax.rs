//! `corefile-syntax`: see the page.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-syntax.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in &network.coredns.corefiles {
        let problems = corefile.problems();
        let is_fatal = problems.iter().any(|problem| problem.fatal);
        // Beside a mistake that stops the parser, the others are hardly more than its echo.
        for problem in problems.iter().filter(|problem| problem.fatal == is_fatal) {
            let (severity, help) = match problem.fatal {
                true => (Severity::Error, "CoreDNS does not start with this Corefile"),
                false => (Severity::Warning, "CoreDNS starts, but hardly as it was meant"),
            };
            let label = corefile.label(&problem.range, "");
            findings.add(Diagnostic::new(severity, label, &*problem.message).help(help));
        }
    }
}
