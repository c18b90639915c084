//! `k3s-servers-disagree`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::server_options::{Disagreement, Statement};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/drift/k3s-servers-disagree.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    findings.extend(network.server_disagreements.iter().map(diagnostic));
}

fn diagnostic(disagreement: &Disagreement<'_>) -> Diagnostic {
    let Disagreement { option, here, there, joins, .. } = disagreement;
    let whose = if *joins { "the server that it joins" } else { "another server of the cluster" };
    let message = match here.is_written {
        true => format!("`{option}` is `{}`, and `{}` on {whose}", here.value, there.value),
        false => format!(
            "`{option}` is left out, which means `{}`, and is `{}` on {whose}",
            here.value, there.value
        ),
    };
    let name = disagreement.flavor.name();
    let remedy = match there.is_written {
        true => format!("write `{option}: {}` here, too", there.value),
        false => format!("leave `{option}` out here, too"),
    };
    Diagnostic::error(here.span.label(""), message)
        .related(there.span.label(label(option, there)))
        .help(format!("{name} does not start a server that differs in this: {remedy}"))
}

fn label(option: &str, there: &Statement<'_>) -> String {
    match there.is_written {
        true => "the other server".to_owned(),
        false => format!("the other server: `{}`, the default of `{option}`", there.value),
    }
}
