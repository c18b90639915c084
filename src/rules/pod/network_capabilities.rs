//! `network-capabilities`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::infrastructure::is_infrastructure;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/pod/network-capabilities.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in &network.workloads.all {
        for container in workload.spec.pod.all_containers() {
            let security = container.security_context.value();
            let capabilities = security.and_then(|security| security.capabilities.value());
            let added = capabilities.map_or(&[][..], |capabilities| capabilities.add.items());
            for capability in added.iter().filter_map(Field::known) {
                let word = capability.value.to_ascii_uppercase();
                let word = word.strip_prefix("CAP_").unwrap_or(&word);
                if !matches!(word, "NET_ADMIN" | "NET_RAW" | "ALL") || is_infrastructure(workload) {
                    continue;
                }
                let name = container.name.value().map_or("", String::as_str);
                let what = match word {
                    "ALL" => "all capabilities".to_owned(),
                    word => format!("`{word}`"),
                };
                let message =
                    format!("container `{name}` of `{}` asks for {what}", workload.title());
                findings.add(
                    Diagnostic::info(capability.label(""), message)
                        .help("ask only for what the container needs"),
                );
            }
        }
    }
}
