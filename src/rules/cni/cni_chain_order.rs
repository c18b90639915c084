//! `cni-chain-order`: see the page.

use crate::diagnostic::{Change, Diagnostic, Mend, Place};
use crate::model::Network;
use crate::model::cni::Config;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/cni-chain-order.md"),
    check: Check::Network(check),
};

/// Plugins that only change what one before them has made: without its result they fail
/// (containernetworking/plugins, `plugins/meta`).
const CHAINED: [&str; 6] = ["bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let concerns = |config: &&Config<'_>| config.is_loaded() || config.is_attachment();
    for config in network.cni.readable().filter(concerns) {
        let first = config.config.plugins.items().first().and_then(|plugin| plugin.value());
        let Some(kind) = first.and_then(|plugin| plugin.kind.known()) else { continue };
        if !CHAINED.contains(&kind.as_str()) {
            continue;
        }
        let is_meta = |name: &str| CHAINED.contains(&name);
        let types = config.plugins().filter_map(|plugin| plugin.kind.known());
        let main = types.into_iter().find(|kind| !is_meta(kind));
        let message =
            format!("`{}` comes first, and there is no interface yet to work on", kind.value);
        let mut diagnostic = Diagnostic::error(kind.label(""), message);
        diagnostic = match main {
            Some(main) => diagnostic
                .related(main.label("this plugin makes the interface"))
                .help(format!("put `{}` first", main.value))
                .mend(Mend::risky(
                    format!("let `{}` and `{}` change places", main.value, kind.value),
                    Change::Swap { first: kind.span, second: main.span },
                )),
            None => diagnostic.help(
                "put a plugin that makes the interface before it, such as `bridge`, in the list \
                 `plugins`",
            ),
        };
        findings.add(diagnostic);
    }
}
