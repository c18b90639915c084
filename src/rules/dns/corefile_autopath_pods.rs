//! `corefile-autopath-pods`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::coredns::{Corefile, CorefilePart, Directive};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-autopath-pods.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let whole = network.coredns.corefiles.iter().filter(|it| it.part() == CorefilePart::Whole);
    for corefile in whole {
        for block in corefile.blocks() {
            check_block(corefile, &corefile.expand(&block.directives), findings);
        }
    }
}

fn check_block<'a>(
    corefile: &Corefile<'a>,
    directives: &[&'a Directive],
    findings: &mut Findings<'_>,
) {
    let named = |name: &str| directives.iter().find(|it| it.name.text == name).copied();
    let Some(autopath) = named("autopath") else { return };
    let asks_kubernetes = autopath.args.last().is_some_and(|arg| arg.text == "@kubernetes");
    // What is imported may bring the other plugin.
    let Some(kubernetes) = named("kubernetes").filter(|_| asks_kubernetes) else { return };
    let options = corefile.expand(&kubernetes.body);
    if options.iter().any(|option| option.name.text == "import") {
        return;
    }
    let pods = options.iter().find(|option| option.name.text == "pods");
    let mode = pods.and_then(|pods| pods.args.first());
    if mode.is_some_and(|mode| mode.text == "verified" || mode.is_placeholder()) {
        return;
    }
    let (range, text) = match mode {
        Some(mode) => (&mode.range, "not `verified`"),
        None => (&kubernetes.name.range, "without `pods verified`"),
    };
    findings.add(
        Diagnostic::warning(
            corefile.label(&autopath.range, ""),
            "`autopath @kubernetes` does nothing without `pods verified`",
        )
        .related(corefile.label(range, text))
        .help("set `pods verified`, which takes four times the memory, or delete `autopath`"),
    );
}
