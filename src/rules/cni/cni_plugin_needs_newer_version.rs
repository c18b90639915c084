//! `cni-plugin-needs-newer-version`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-plugin-needs-newer-version.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.readable() {
        for (plugin, needed) in config.plugins_too_new() {
            let written = config.config.cni_version.known().filter(|version| !version.is_empty());
            let message = match written {
                Some(version) => {
                    format!("`{}` needs CNI {needed}, and this is {}", plugin.value, version.value)
                }
                None => format!(
                    "`{}` needs CNI {needed}, and this is taken for 0.1.0 without `cniVersion`",
                    plugin.value
                ),
            };
            let mut diagnostic = Diagnostic::error(plugin.label(""), message)
                .help(format!("set `cniVersion` to `{needed}` or newer"));
            let change = match written {
                Some(version) => {
                    diagnostic = diagnostic.related(version.label("the version of the whole list"));
                    Some(Change::write(version.span, &*version.value, needed))
                }
                None => config
                    .config
                    .name
                    .span()
                    .map(|name| Change::entry(Beside::Before(name), "cniVersion", needed)),
            };
            let title = format!("set `cniVersion` to `{needed}`");
            diagnostic = diagnostic.mend_all(change.map(|change| Mend::risky(title, change)));
            findings.add(diagnostic);
        }
    }
}
