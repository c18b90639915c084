//! `cni-list-in-conf-extension`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-list-in-conf-extension.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable().filter(|config| config.directory().is_some()) {
        let (name, kind) = (config.file_name(), &config.config.kind);
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let (span, message, meant) = match (config.config.list_key, ending) {
            (Some(list), "conf" | "json") if kind.is_absent() => {
                (list, format!("a list of plugins in a `.{ending}` file"), "conflist")
            }
            (None, "conflist") if !kind.is_absent() => {
                let span = kind.span().unwrap_or(config.span());
                (span, "a single plugin in a `.conflist` file".to_owned(), "conf")
            }
            _ => continue,
        };
        let severity = network.cni.severity_of_failure(config);
        let help = format!("name the file `{stem}.{meant}`: runtimes go by the ending");
        findings.add(Diagnostic::new(severity, span.label(""), message).help(help));
    }
}
