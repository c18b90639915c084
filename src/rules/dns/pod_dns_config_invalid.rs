//! `pod-dns-config-invalid`: see the page.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::workloads::Workload;
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};
use crate::source::Spanned;

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/dns/pod-dns-config-invalid.md"),
    check: Check::Network(check),
};

const POLICIES: [&str; 4] = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for workload in network.workloads.all.iter().filter(|workload| is_built_in(workload)) {
        let pod = &workload.spec.pod;
        let policy = pod.dns_policy.known();
        if let Some(policy) = policy.filter(|policy| !POLICIES.contains(&policy.as_str())) {
            let distance = |known: &&&str| strsim::damerau_levenshtein(policy, known);
            let near = POLICIES.iter().min_by_key(distance).filter(|known| distance(known) <= 6);
            let message = format!("there is no `dnsPolicy` called `{}`", policy.value);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of `{}`", POLICIES.join("`, `")),
            };
            findings.add(Diagnostic::error(policy.label(""), message).help(help));
        }
        if let Some(config) = pod.dns_config.value() {
            for server in config.nameservers.items().iter().filter_map(Field::known) {
                findings.extend(no_address(server, "name server"));
            }
            for option in config.options.items().iter().filter_map(Field::known) {
                if option.value.name.is_absent() {
                    let message = "an option of `dnsConfig` has no name";
                    findings.add(Diagnostic::error(option.span.label(""), message));
                }
            }
        }
        for alias in pod.host_aliases.items().iter().filter_map(Field::value) {
            findings.extend(alias.ip.known().and_then(|ip| no_address(ip, "host alias")));
        }
    }
}

fn no_address(text: &Spanned<String>, noun: &str) -> Option<Diagnostic> {
    if text.parse::<IpAddr>().is_ok() || looks_sloppy(text) {
        return None;
    }
    let message = format!("the {noun} `{}` is not an IP address", text.value);
    let has_port = text.rsplit_once(':').is_some_and(|(host, _)| host.parse::<IpAddr>().is_ok());
    let help = match has_port {
        true => "a server is asked at port 53: leave the port out",
        false => "write the address itself",
    };
    Some(Diagnostic::error(text.label(""), message).help(help))
}

/// Leading zeros, which Kubernetes takes in addresses.
fn looks_sloppy(text: &str) -> bool {
    let parts = || text.split('.');
    parts().count() == 4 && parts().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_built_in(workload: &Workload<'_>) -> bool {
    let group = workload.object.resource.group();
    matches!(group, "" | "apps" | "batch" | "extensions")
}
