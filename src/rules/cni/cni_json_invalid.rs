//! `cni-json-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::cni::{Cni, CniOrigin, Config};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-json-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in &network.cni.configs {
        let Some(problem) = &config.config.strict_problem else { continue };
        if config.config.origin == CniOrigin::NetworkAttachment {
            continue;
        }
        let severity = network.cni.severity_of_failure(config);
        let message = format!("not JSON: {}", problem.value);
        let mut help = "JSON has no comments, no comma behind the last item, and all keys and \
                        texts in double quotes"
            .to_owned();
        if let Some(consequence) = consequence(&network.cni, config) {
            help.push_str("; ");
            help.push_str(&consequence);
        }
        findings.add(Diagnostic::new(severity, problem.label(""), message).help(help));
    }
    for config in &network.flannel.configs {
        let Some(problem) = &config.config.strict_problem else { continue };
        let message = format!("not JSON: {}", problem.value);
        findings.add(Diagnostic::error(problem.label(""), message).help(
            "flannel stops with \"error parsing subnet config\": JSON has no comments, no comma \
             behind the last item, and all keys and texts in double quotes",
        ));
    }
}

/// What it means for the other files of the directory.
fn consequence(cni: &Cni<'_>, config: &Config<'_>) -> Option<String> {
    let directory = cni.directory_of(config)?;
    let first = directory.first()?;
    if directory.configs.len() == 1 {
        return None;
    }
    let (path, name) = (directory.path, config.file_name());
    Some(match first.object.is(config.object) {
        true => format!(
            "`{name}` is the first file of `{path}`, and containerd loads no network while it is \
             broken"
        ),
        false => format!("`{}` comes before it and is used meanwhile", first.file_name()),
    })
}
