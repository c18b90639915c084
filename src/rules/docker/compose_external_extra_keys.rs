//! `compose-external-extra-keys`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::compose::ComposeNetwork;
use crate::rules::wording::some_of;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/docker/compose-external-extra-keys.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let projects = &network.compose.projects;
    findings.extend(projects.iter().flat_map(|project| &project.networks).filter_map(extra_keys));
}

fn extra_keys(network: &ComposeNetwork) -> Option<Diagnostic> {
    if network.is_external() != Some(true) {
        return None;
    }
    let external = network.keys.iter().find(|key| key.value == "external")?;
    let extra = network.keys.iter().filter(|key| {
        !matches!(key.value.as_str(), "external" | "name") && !key.value.starts_with("x-")
    });
    let extra: Vec<_> = extra.collect();
    let first = extra.first()?;
    let names: Vec<String> = extra.iter().map(|key| key.value.clone()).collect();
    let message = format!(
        "the network `{}` is external, and Compose refuses {} with that",
        network.key.value,
        some_of(&names, "keys")
    );
    Some(
        Diagnostic::error(first.label(""), message)
            .related(external.label("external"))
            .help("leave it out: who makes the network says what it is like"),
    )
}
