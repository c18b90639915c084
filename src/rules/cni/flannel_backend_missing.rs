//! `flannel-backend-missing`: see the page.

use crate::diagnostic::{Beside, Change, Diagnostic, Mend, Place, Value};
use crate::model::flannel::{Backend, Config};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/flannel-backend-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let readable = |config: &&Config<'_>| config.config.strict_problem.is_none();
    findings.extend(network.flannel.configs.iter().filter(readable).filter_map(fault));
}

fn fault(config: &Config<'_>) -> Option<Diagnostic> {
    let backend = match &config.config.backend {
        Field::Absent => {
            let place = config.config.network.span().or(config.config.ipv6_network.span())?;
            let message = "no `Backend`: flannel falls back to `udp`";
            let backend = Value::map([("Type", "vxlan".into())]);
            let change = Change::entry(Beside::Behind(place), "Backend", backend);
            return Some(
                Diagnostic::warning(place.label(""), message)
                    .mend(Mend::risky("use VXLAN", change))
                    .help("add `\"Backend\": {\"Type\": \"vxlan\"}`: `udp` sends every packet through the daemon, and is for debugging"),
            );
        }
        Field::Known(backend) => backend,
        Field::Unknown(_) => return None,
    };
    let (place, message) = match &backend.kind {
        Field::Absent => (backend.span, "`Backend` has no `Type`".to_owned()),
        Field::Known(kind) if kind.is_empty() => (kind.span, "`Type` is empty".to_owned()),
        Field::Known(kind) if Backend::parse(kind).is_none() => {
            (kind.span, format!("flannel has no backend `{}`", kind.value))
        }
        Field::Known(_) | Field::Unknown(_) => return None,
    };
    // K3s has a name of its own.
    let meant = match backend.kind.value().map(String::as_str) {
        Some("wireguard-native") => "wireguard",
        _ => "vxlan",
    };
    let help =
        format!("write `\"Type\": \"{meant}\"`; flannel stops at a type that it does not know");
    let change = match backend.kind.known() {
        Some(kind) => Change::write(kind.span, &*kind.value, meant),
        None => Change::entry(Beside::Inside(backend.span), "Type", meant),
    };
    let mend = Mend::risky(format!("write `{meant}`"), change);
    Some(Diagnostic::error(place.label(""), message).help(help).mend(mend))
}
