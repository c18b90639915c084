//! `mtu-docker-wrong-option`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety, Severity};
use crate::model::docker::Daemon;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/mtu/mtu-docker-wrong-option.md"),
    check: Check::Network(check),
};

/// moby `daemon/libnetwork/netlabel/labels.go`, `DriverMTU`.
const OPTION: &str = "com.docker.network.driver.mtu";

/// What Docker gives to a bridge by default.
const DEFAULT: i64 = 1500;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in network.docker.readable() {
        for (driver, options) in &daemon.network().default_network_opts {
            let names = options.iter().map(|option| &option.name);
            findings.extend(names.filter_map(|name| wrong(driver, name, Severity::Error)));
        }
        findings.extend(of_default_bridge(daemon));
    }
    for project in &network.compose.projects {
        for network in &project.networks {
            let driver = match &network.driver {
                Field::Absent if project.is_for_swarm() => "overlay",
                Field::Absent => "bridge",
                Field::Known(driver) => driver,
                Field::Unknown(_) => continue,
            };
            for (name, _) in &network.driver_options {
                // Podman, which runs Compose files as well, takes the bare word.
                let of_podman = driver == "bridge" && name.value == "mtu";
                let severity = if of_podman { Severity::Warning } else { Severity::Error };
                findings.extend(wrong(driver, name, severity));
            }
        }
    }
}

/// Other drivers take the MTU of the interface that they build on, or have options of their own.
fn wrong(driver: &str, name: &Spanned<String>, severity: Severity) -> Option<Diagnostic> {
    if !matches!(driver, "bridge" | "overlay") || name.value == OPTION {
        return None;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if !last.eq_ignore_ascii_case("mtu") {
        return None;
    }
    let message = format!("the driver `{driver}` has no option `{}`", name.value);
    let place = name.part(0..name.value.len());
    Some(
        Diagnostic::new(severity, name.label(""), message)
            .help(format!("it is passed over, and the network keeps {DEFAULT}: write `{OPTION}`"))
            .fix(Fix {
                title: format!("write `{OPTION}`"),
                safety: Safety::Safe,
                edits: vec![Edit { span: place, text: OPTION.to_owned() }],
            }),
    )
}

fn of_default_bridge(daemon: &Daemon<'_>) -> Option<Diagnostic> {
    let network = daemon.network();
    let mtu = network.mtu.known().filter(|mtu| mtu.value != 0 && mtu.value != DEFAULT)?;
    let mut options = network.default_network_opts.iter().flat_map(|(_, options)| options);
    if options.any(|option| option.name.to_ascii_lowercase().ends_with("mtu")) {
        return None;
    }
    let message = format!(
        "`mtu` sets the default bridge alone; networks that are made, as by Compose, keep {DEFAULT}"
    );
    Some(Diagnostic::info(mtu.label(""), message).help(format!(
        "add `\"default-network-opts\": {{\"bridge\": {{\"{OPTION}\": \"{}\"}}}}`",
        mtu.value
    )))
}
