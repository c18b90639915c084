//! `missing-type-meta`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::input::{Problem, ProblemKind};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/missing-type-meta.md"),
    check: Check::Inputs(check),
};

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::MissingTypeMeta { missing, instead } = &problem.kind else { continue };
        // Without a key that was meant for it, this may be a patch whose target is named elsewhere.
        let (severity, message) = match instead {
            Some(instead) => {
                (Severity::Warning, format!("`{instead}` stands where `{missing}` should be"))
            }
            None => (Severity::Info, format!("object without `{missing}`")),
        };
        findings.add(
            Diagnostic::new(severity, problem.span.label(""), message)
                .help("without both `apiVersion` and `kind`, nothing knows what this object is"),
        );
    }
}
