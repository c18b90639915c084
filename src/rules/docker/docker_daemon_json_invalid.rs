//! `docker-daemon-json-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::addresses::range::parse_address;
use crate::model::docker::{Daemon, DaemonProblem, DaemonProblemKind};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/docker-daemon-json-invalid.md"),
    check: Check::Network(check),
};

/// What dockerd logs, in part.
const UNKNOWN: &str =
    "dockerd stops with \"the following directives don't match any configuration option\"";

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for daemon in &network.docker.daemons {
        if let Some(problem) = &daemon.config.strict_problem {
            let message = format!("not JSON: {}", problem.value);
            findings.add(Diagnostic::error(problem.label(""), message).help(
                "dockerd does not start with it: JSON has no comments, no comma behind the last \
                 item, and all keys and texts in double quotes",
            ));
            continue;
        }
        findings.extend(daemon.config.problems.iter().map(problem));
        values(daemon, findings);
    }
}

fn problem(problem: &DaemonProblem) -> Diagnostic {
    let place = problem.span.label("");
    match &problem.kind {
        DaemonProblemKind::UnknownKey { name, meant: Some(meant) } => {
            let message = format!("the Docker daemon has no key `{name}`");
            Diagnostic::error(place, message).help(format!("did you mean `{meant}`? {UNKNOWN}"))
        }
        DaemonProblemKind::UnknownKey { name, meant: None } => {
            let message = format!("the Docker daemon has no key `{name}`");
            // A later version may have a key that looks like one.
            let is_foreign = !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let diagnostic = match is_foreign {
                true => Diagnostic::error(place, message),
                false => Diagnostic::warning(place, message),
            };
            diagnostic.help(format!("remove it: {UNKNOWN}"))
        }
        DaemonProblemKind::KeyOfClient { name } => {
            let message = format!("`{name}` is a key of the Docker client, not of the daemon");
            Diagnostic::error(place, message)
                .help(format!("move it to `~/.docker/config.json`: {UNKNOWN}"))
        }
        DaemonProblemKind::RemovedKey { name, since } => {
            let message = format!("Docker {since} and later have no key `{name}`");
            Diagnostic::warning(place, message).help(format!("remove it: {UNKNOWN}"))
        }
        DaemonProblemKind::NameOfFlag { name, key } => {
            let message = format!("`{name}` is a flag of dockerd, which the file does not set");
            let diagnostic = Diagnostic::warning(place, message);
            match *key {
                Some("proxies") => diagnostic.help("write it inside `proxies`"),
                Some(key) => diagnostic.help(format!("the key of the file is `{key}`")),
                None => diagnostic.help("remove it"),
            }
        }
        DaemonProblemKind::Nested { name } => {
            let message = format!("nothing reads what stands under `{name}`");
            Diagnostic::warning(place, message)
                .help("the keys of the daemon stand at the top level")
        }
        DaemonProblemKind::WrongType { key, expected, found } => {
            let message = format!("`{key}` takes {expected}, and this is {found}");
            let diagnostic = Diagnostic::error(place, message);
            match (*expected, *found) {
                ("a string", "an integer" | "a boolean" | "a number") => {
                    diagnostic.help("put it in quotes: dockerd does not start with it")
                }
                ("a whole number" | "`true` or `false`", "a string") => {
                    diagnostic.help("write it without quotes: dockerd does not start with it")
                }
                _ => diagnostic.help("dockerd does not start with it"),
            }
        }
    }
}

/// Values that moby's `config.Validate` and the decoding of addresses refuse.
fn values(daemon: &Daemon<'_>, findings: &mut Findings<'_>) {
    let network = daemon.network();
    let listed = [("dns", &network.dns), ("host-gateway-ips", &network.host_gateway_ips)];
    let listed =
        listed.into_iter().flat_map(|(key, list)| list.items().iter().map(move |i| (key, i)));
    let single = [
        ("default-gateway", &network.default_gateway),
        ("default-gateway-v6", &network.default_gateway_v6),
        ("ip", &network.ip),
        ("host-gateway-ip", &network.host_gateway_ip),
    ];
    let written = |field: &&Field<String>| field.value().is_some_and(|text| !text.is_empty());
    for (key, field) in single.into_iter().filter(|(_, field)| written(field)).chain(listed) {
        let Some(text) = field.known() else { continue };
        // A zone, `fe80::1%eth0`, is a part of an address of IPv6.
        let address = text.split_once('%').map_or(text.as_str(), |(address, _)| address);
        if let Err(fault) = parse_address(address) {
            let message = format!("`{key}` takes addresses, and `{}` is none: {fault}", **text);
            findings.add(
                Diagnostic::error(text.label(""), message).help("dockerd does not start with it"),
            );
        }
    }
    for mirror in network.registry_mirrors.items().iter().filter_map(Field::known) {
        if !mirror.contains("://") {
            let message = format!("the mirror `{}` is no URL: it has no `https://`", **mirror);
            findings.add(Diagnostic::error(mirror.label(""), message).help(format!(
                "write `https://{}`: dockerd stops with \"invalid mirror\"",
                **mirror
            )));
        }
    }
    if let Some(backend) = network.firewall_backend.known()
        && !matches!(backend.as_str(), "" | "iptables" | "nftables")
    {
        let message = format!("there is no firewall backend `{}`", **backend);
        findings.add(
            Diagnostic::error(backend.label(""), message).help("write `iptables` or `nftables`"),
        );
    }
    if let Some(mtu) = network.mtu.known().filter(|mtu| mtu.value < 0) {
        let message = format!("the MTU {} is negative", mtu.value);
        findings
            .add(Diagnostic::error(mtu.label(""), message).help("dockerd does not start with it"));
    }
}
