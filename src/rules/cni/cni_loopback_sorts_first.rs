//! `cni-loopback-sorts-first`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-loopback-sorts-first.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for directory in &network.cni.directories {
        let Some(first) = directory.first().filter(|first| first.is_loopback()) else { continue };
        let Some(meant) = directory.configs.iter().find(|config| !config.is_loopback()) else {
            continue;
        };
        let (name, later) = (first.file_name(), meant.file_name());
        let message =
            format!("`{name}` comes before `{later}`, so pods get no interface but loopback");
        let help = format!(
            "delete `{name}`: runtimes set loopback up by themselves; or let its name sort behind \
             `{later}`, as `99-loopback.conf` does"
        );
        findings.add(
            Diagnostic::error(first.span().label(""), message)
                .related(meant.span().label("the network that is not used"))
                .help(help),
        );
    }
}
