//! `mtu-docker-wrong-option`: see the page.

use crate::diagnostic::{Diagnostic, Edit, Fix, Place, Safety};
use crate::model::Network;
use crate::model::docker::{Daemon, NetworkOption};
use crate::rules::{Check, Findings, Rule};

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
            findings.extend(options.iter().filter_map(|option| wrong(driver, option)));
        }
        findings.extend(of_default_bridge(daemon));
    }
}

/// Other drivers take the MTU of the interface that they build on, or have options of their own.
fn wrong(driver: &str, option: &NetworkOption) -> Option<Diagnostic> {
    if !matches!(driver, "bridge" | "overlay") || option.name.value == OPTION {
        return None;
    }
    let last = option.name.rsplit('.').next().unwrap_or_default();
    if !last.eq_ignore_ascii_case("mtu") {
        return None;
    }
    let message = format!("the driver `{driver}` has no option `{}`", *option.name);
    let place = option.name.part(0..option.name.len());
    Some(
        Diagnostic::error(option.name.label(""), message)
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
