//! `corefile-missing-kubernetes`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::coredns::plugins;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/corefile-missing-kubernetes.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for corefile in network.coredns.complete_cluster_corefiles() {
        // A plugin that is not known may do what `kubernetes` does, as `kubernetai` does.
        let all_known =
            corefile.directives().all(|(_, directive)| plugins::is_known(&directive.name.text));
        if corefile.has("kubernetes") || !all_known {
            continue;
        }
        findings.add(
            Diagnostic::warning(
                corefile.place().label(""),
                "no server block has the plugin `kubernetes`",
            )
            .help("without `kubernetes cluster.local`, no Service has a name"),
        );
    }
}
