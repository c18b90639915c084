//! `compose-ports-unquoted`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-ports-unquoted.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let services = network.compose.projects.iter().flat_map(|project| &project.services);
    for port in services.flat_map(|service| &service.ports) {
        let Some(text) = port.text.as_deref().filter(|_| port.is_plain) else { continue };
        let Some(number) = in_base_60(text) else { continue };
        let message =
            format!("parsers of YAML 1.1 read `{text}` without quotes as the number {number}");
        findings.add(
            Diagnostic::info(port.span.label(""), message).help(
                "put it in quotes; Compose itself reads YAML 1.2, and podman-compose does not",
            ),
        );
    }
}

/// `[1-9][0-9]*(:[0-5]?[0-9])+`: <https://yaml.org/type/int.html>
fn in_base_60(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || first.starts_with('0') || !text.contains(':') {
        return None;
    }
    parts.try_fold(first.parse::<u64>().ok()?, |sum, part| {
        let digit = part
            .parse::<u64>()
            .ok()
            .filter(|digit| *digit < 60 && is_number(part) && part.len() <= 2)?;
        sum.checked_mul(60)?.checked_add(digit)
    })
}
