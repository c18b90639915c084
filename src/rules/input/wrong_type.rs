//! `wrong-type`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::input::{Problem, ProblemKind};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule =
    Rule { page: include_str!("../../../rules/input/wrong-type.md"), check: Check::Inputs(check) };

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::WrongType { expected, found } = &problem.kind else { continue };
        let message = format!("expected {expected}, found {found}");
        let mut diagnostic = Diagnostic::error(problem.span.label(""), message);
        if *expected == "a string" && !matches!(found.as_str(), "a list" | "a map") {
            diagnostic = diagnostic.help("put it in quotes");
        }
        findings.add(diagnostic);
    }
}
