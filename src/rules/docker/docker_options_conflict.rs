//! `docker-options-conflict`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::docker::Daemon;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-options-conflict.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        bridge(daemon, findings);
        isolation(daemon, findings);
        host_gateways(daemon, findings);
        swarm(daemon, findings);
        flags(daemon, findings);
    }
}

fn bridge(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    let network = daemon.network();
    let Some(bridge) = written(&network.bridge) else { return };
    for (key, field) in [("bip", &network.bip), ("bip6", &network.bip6)] {
        let Some(address) = written(field) else { continue };
        let message = format!("`bridge` and `{key}` exclude each other");
        findings.add(
            Diagnostic::error(address.label(""), message).related(bridge.label("`bridge`")).help(
                format!(
                    "dockerd does not start with both: a bridge that is made elsewhere has its \
                     address, and only Docker's own takes `{key}`"
                ),
            ),
        );
    }
}

/// moby's `verifyDaemonSettings`.
fn isolation(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    let network = daemon.network();
    let off = |field: &'_ Field<bool>| field.known().filter(|on| !on.value).cloned();
    if let (Some(iptables), Some(icc)) = (off(&network.iptables), off(&network.icc)) {
        let message = "`icc: false` needs the firewall rules that `iptables: false` switches off";
        findings.add(
            Diagnostic::error(icc.label(""), message)
                .related(iptables.label("`iptables`"))
                .help("dockerd does not start with both: set one of them to `true`"),
        );
    }
}

fn host_gateways(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    if let (Some(old), Some(new)) = (daemon.key("host-gateway-ip"), daemon.key("host-gateway-ips"))
    {
        let message = "`host-gateway-ip` and `host-gateway-ips` exclude each other";
        findings.add(
            Diagnostic::error(old.label(""), message)
                .related(new.label("`host-gateway-ips`"))
                .help("keep `host-gateway-ips`, which takes an address of each family"),
        );
    }
}

/// moby's `IsSwarmCompatible`. A daemon that is told what to advertise to a swarm is to join one.
fn swarm(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    let network = daemon.network();
    let Some(advertised) = daemon.key("swarm-default-advertise-addr") else { return };
    let label = advertised.label("an address for a swarm");
    if let Some(restore) = network.live_restore.known().filter(|on| on.value) {
        let message = "a daemon with `live-restore` cannot join a swarm";
        findings.add(
            Diagnostic::warning(restore.label(""), message)
                .related(label)
                .help("leave one of them out"),
        );
    } else if let Some(backend) = network.firewall_backend.known()
        && backend.value == "nftables"
        && network.iptables.value() != Some(&false)
    {
        let message = "a daemon with the firewall backend `nftables` cannot join a swarm";
        findings.add(
            Diagnostic::warning(backend.label(""), message)
                .related(label)
                .help("use `iptables`, or leave the swarm out"),
        );
    }
}

/// moby's `findConfigurationConflicts`.
fn flags(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    for key in &daemon.config.keys {
        // These are joined.
        if key.value == "runtimes" {
            continue;
        }
        let Some(option) = daemon.options.iter().find(|option| option.key == key.value) else {
            continue;
        };
        let message =
            format!("`{}` is set here and by the flag `{}`", key.value, option.flag.value);
        findings.add(
            Diagnostic::error(key.label(""), message)
                .related(option.flag.label("the flag of dockerd"))
                .help(
                    "dockerd stops with \"the following directives are specified both as a flag \
                     and in the configuration file\": remove one of them",
                ),
        );
    }
}

fn written(field: &Field<String>) -> Option<&Spanned<String>> {
    field.known().filter(|text| !text.is_empty())
}
