//! `yaml-syntax`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::input::{Problem, ProblemKind, SyntaxProblem};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/input/yaml-syntax.md"), check: Check::Inputs(check) };

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::Syntax(SyntaxProblem::Broken { message }) = &problem.kind else {
            continue;
        };
        findings.add(
            Diagnostic::error(problem.span.label("reading stops here"), message.clone()).help(
                "this document is not checked until it can be read; the others of the file are",
            ),
        );
    }
}
