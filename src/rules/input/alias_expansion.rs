//! `alias-expansion`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::input::{Problem, ProblemKind, SyntaxProblem};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/alias-expansion.md"),
    check: Check::Inputs(check),
};

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::Syntax(kind) = &problem.kind else { continue };
        let message = match kind {
            SyntaxProblem::AliasExpansion { nodes } => {
                format!("with its aliases written out, this document has {nodes} nodes")
            }
            SyntaxProblem::RecursiveAlias => "an alias stands inside the node it names".to_owned(),
            SyntaxProblem::Broken { .. } | SyntaxProblem::DuplicateKey { .. } => continue,
        };
        findings.add(Diagnostic::error(problem.span.label(""), message));
    }
}
