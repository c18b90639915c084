//! `nad-config-invalid`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::addresses::range::{parse_address, parse_cidr};
use crate::model::cni::Config;
use crate::model::workloads::Workload;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/cni/nad-config-invalid.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for config in network.cni.configs.iter().filter(|config| config.is_attachment()) {
        attachment(config, findings);
    }
    for workload in &network.workloads.all {
        annotation(workload, findings);
    }
}

fn attachment(config: &Config<'_>, findings: &mut Findings<'_>) {
    if let Some(problem) = &config.config.strict_problem {
        findings.add(
            Diagnostic::error(problem.label(""), format!("not JSON: {}", problem.value)).help(
                "`spec.config` is a text that holds JSON: no comments, no comma behind the last \
                 item, all keys and texts in double quotes",
            ),
        );
        return;
    }
    let Some(plugins) = config.config.plugins.known() else { return };
    let first = plugins.first().and_then(|plugin| plugin.known());
    let help = "name the plugin's program in `type`, for example `\"type\": \"macvlan\"`";
    if !config.config.is_list() {
        if config.config.kind.is_absent() {
            let label = config.span().label("");
            let message = "neither `type` nor `plugins`, so there is no plugin to run";
            findings.add(Diagnostic::error(label, message).help(help));
        }
    } else if plugins.is_empty() {
        let label = plugins.span.label("");
        findings.add(Diagnostic::error(label, "no plugin in `plugins`").help(help));
    } else if let Some(first) = first.filter(|first| first.kind.is_absent()) {
        let label = first.span.slice(0..1).label("");
        findings.add(Diagnostic::error(label, "the first plugin has no `type`").help(help));
    }
}

fn annotation(workload: &Workload<'_>, findings: &mut Findings<'_>) {
    let Some(networks) = &workload.spec.networks else { return };
    if let Some(problem) = &networks.problem {
        let message = format!("Multus cannot read the pod's networks: {}", problem.value);
        findings.add(Diagnostic::error(problem.label(""), message).help(
            "write a list in JSON, such as `[{\"name\": \"macvlan\"}]`, or names between commas, \
             such as `macvlan, storage/vlan7@net2`",
        ));
        return;
    }
    for ip in networks.networks.iter().flat_map(|network| &network.ips) {
        let fault = match ip.contains('/') {
            true => parse_cidr(ip).err(),
            false => parse_address(ip).err(),
        };
        if let Some(fault) = fault {
            let message = format!("`{}` is not an address: {fault}", ip.value);
            findings.add(Diagnostic::error(ip.label(""), message).help(
                "write an address with the length of its network's prefix, such as `10.1.0.10/24`",
            ));
        }
    }
}
