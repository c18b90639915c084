//! `hardcoded-pod-ip`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::hardcoded::{Whose, hardcoded};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/hardcoded-pod-ip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for found in hardcoded(network) {
        let Whose::PodRange(range) = found.whose else { continue };
        let message = format!(
            "`{}/{}` is told `{}`, an address of the {}",
            found.object.kind(),
            found.object.name(),
            found.address,
            range.title()
        );
        findings.add(
            Diagnostic::info(found.span.label(""), message)
                .related(range.label())
                .help("write the name of a Service: a pod that is made anew has another address"),
        );
    }
}
