//! `coredns-cpu-limit-low`: see the page.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Network;
use crate::model::coredns::Distribution;
use crate::model::quantity::Quantity;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/coredns-cpu-limit-low.md"),
    check: Check::Network(check),
};

/// The default of the Helm chart is half of it. One core answers some 17,000 queries a second.
const LOW: u64 = 200;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for server in network.coredns.cluster_servers() {
        let Some(limit) = server.limit("cpu") else { continue };
        let Some(milli) = Quantity::parse(limit).map(Quantity::milli) else { continue };
        if milli == 0 || milli > LOW {
            continue;
        }
        let (severity, help) = match server.distribution {
            Distribution::HelmChart => {
                (Severity::Warning, "set `resources.limits.cpu` to null in the values of the chart")
            }
            // What RKE2 ships comes from the chart, and is not its user's choice.
            Distribution::Rke2 => (Severity::Info, "set `resources` in a HelmChartConfig"),
            _ => (
                Severity::Warning,
                "remove the limit and keep the request, as kubeadm, k3s and kubespray have it",
            ),
        };
        let message =
            format!("CPU limit `{}` throttles CoreDNS when queries come in bursts", limit.value);
        findings
            .add(Diagnostic::new(severity, server.limit_label("cpu", limit), message).help(help));
    }
}
