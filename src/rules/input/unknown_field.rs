//! `unknown-field`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::input::{Problem, ProblemKind};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/input/unknown-field.md"),
    check: Check::Inputs(check),
};

fn check(problems: &[Problem], findings: &mut Findings<'_>) {
    for problem in problems {
        let ProblemKind::UnknownField { kind, owner, name, known } = &problem.kind else {
            continue;
        };
        let meant = nearest(name, known);
        // A policy without the field that was meant selects or allows something else altogether;
        // Compose refuses a file with a key that it does not know.
        let is_grave = matches!(kind.as_str(), "Compose" | "NetworkPolicy") && meant.is_some();
        let severity = if is_grave { Severity::Error } else { Severity::Warning };
        let message = format!("`{owner}` has no field `{name}`");
        let mut diagnostic = Diagnostic::new(severity, problem.span.label(""), message);
        if let Some(meant) = meant {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        findings.add(diagnostic);
    }
}

/// The known field that a misspelt one was probably meant to be.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |field: &str| strsim::damerau_levenshtein(name, field);
    let near = known.iter().min_by_key(|field| distance(field))?;
    let limit = (name.len() / 3).clamp(1, 3);
    (distance(near) <= limit || near.eq_ignore_ascii_case(name)).then_some(*near)
}
