//! `coredns-probe-plugin-mismatch`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place};
use crate::model::Network;
use crate::model::coredns::{Corefile, HealthCheck};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-probe-plugin-mismatch.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in &network.coredns.servers {
        let corefile =
            network.coredns.corefile_of(server).filter(|corefile| corefile.is_complete());
        let Some(corefile) = corefile else { continue };
        for check in server.health_checks() {
            let Some(answer) = answer(corefile, &check) else { continue };
            let HealthCheck { kind, plugin, port, .. } = check;
            let message = match answer.port {
                None => format!(
                    "the {kind} probe needs `{plugin}` on port {port}, which the Corefile does not have"
                ),
                Some(other) => format!(
                    "the {kind} probe asks port {port}, and `{plugin}` answers on port {other}"
                ),
            };
            findings.add(
                Diagnostic::error(check.span.label(""), message).related(answer.label).help(
                    format!("write `{plugin} :{port}` into a server block, or correct the probe"),
                ),
            );
        }
    }
}

/// What answers in the place of what is asked for.
struct Answer {
    port: Option<u16>,
    label: Label,
}

/// `None` when the plugin answers on the port, or when that cannot be known.
fn answer(corefile: &Corefile<'_>, check: &HealthCheck) -> Option<Answer> {
    let mut answers = Vec::new();
    for (_, directive) in corefile.named(check.plugin) {
        let port = match directive.args.first() {
            None => check.default_port,
            Some(address) => address.text.rsplit_once(':')?.1.parse().ok()?,
        };
        if port == check.port {
            return None;
        }
        let label = corefile.label(&directive.range, format!("answers on port {port}"));
        answers.push(Answer { port: Some(port), label });
    }
    let absent = || Answer { port: None, label: corefile.place().label("the Corefile") };
    Some(answers.into_iter().next().unwrap_or_else(absent))
}
