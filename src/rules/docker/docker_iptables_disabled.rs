//! `docker-iptables-disabled`: see the page.

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::docker::Daemon;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-iptables-disabled.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let plan = &network.addresses;
    // There, a network plugin connects the containers and writes the rules.
    let of_kubernetes = !plan.pod_ranges().is_empty()
        || !plan.service_ranges().is_empty()
        || !network.cni.configs.is_empty();
    for daemon in network.docker.readable() {
        if daemon.network().rootless.value() == Some(&true) {
            continue;
        }
        let severity = match of_kubernetes || daemon.has_no_bridge() {
            true => Severity::Info,
            false => Severity::Warning,
        };
        findings.extend(one(daemon, severity));
    }
}

fn one(daemon: &Daemon<'_>, severity: Severity) -> Vec<Diagnostic> {
    let network = daemon.network();
    let mut found = Vec::new();
    if let Some(off) = off(&network.iptables) {
        let message = "`iptables: false` leaves published ports and the way out of containers to \
                       rules that somebody else writes";
        found.push(
            Diagnostic::new(severity, off.label(""), message)
                .help("remove it; rules of your own belong into the chain `DOCKER-USER`"),
        );
    } else if let Some(off) = off(&network.ip_masq) {
        let message = "`ip-masq: false` lets containers of the default bridge out with addresses \
                       that only this host knows";
        found.push(
            Diagnostic::new(severity, off.label(""), message)
                .help("remove it, unless routers send the bridge's network back to this host"),
        );
    }
    if let Some(off) = off(&network.ip_forward) {
        let message = "`ip-forward: false` does not switch on forwarding, without which containers \
                       reach nothing outside of their host";
        found.push(
            Diagnostic::new(severity, off.label(""), message)
                .help("remove it, unless `net.ipv4.ip_forward` is set on the host"),
        );
    }
    found
}

fn off(field: &Field<bool>) -> Option<&Spanned<bool>> {
    field.known().filter(|on| !on.value)
}
