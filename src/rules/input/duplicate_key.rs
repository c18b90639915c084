//! `duplicate-key`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::input::{Problem, ProblemKind, SyntaxProblem};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/duplicate-key.md"),
    check: Check::Inputs(check),
};

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::Syntax(SyntaxProblem::DuplicateKey { key, first }) = &problem.kind else {
            continue;
        };
        findings.add(
            Diagnostic::error(problem.span.label(""), format!("key `{key}` is written twice"))
                .related(first.label("first written here"))
                .help("keep one of the two: readers differ in which one they take"),
        );
    }
}
