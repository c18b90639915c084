//! `hardcoded-cluster-ip`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::hardcoded::{Whose, hardcoded};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/hardcoded-cluster-ip.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for found in hardcoded(network) {
        let who = format!("{}/{}", found.object.kind(), found.object.name());
        let told = format!("`{who}` is told `{}`", found.address);
        let (message, label, help) = match found.whose {
            Whose::Service(service) => {
                let name = service.object.name();
                let address = service.cluster_ips().next().map(|address| address.span);
                let message = format!("{told}, the cluster IP of the Service `{name}`");
                let help = match service.object.namespace_name() {
                    Some(namespace) => format!("write the name `{name}.{namespace}.svc`"),
                    None => format!("write the name `{name}`"),
                };
                (message, address.map(|span| span.label(format!("Service `{name}`"))), help)
            }
            Whose::ApiServer(_) => (
                format!("{told}, the cluster IP of the API server"),
                None,
                "write the name `kubernetes.default.svc`".to_owned(),
            ),
            Whose::ServiceRange(range) => (
                format!("{told}, an address of the {}", range.title()),
                Some(range.label()),
                "write the name of the Service: its address changes when it is made anew"
                    .to_owned(),
            ),
            Whose::PodRange(_) => continue,
        };
        findings
            .add(Diagnostic::warning(found.span.label(""), message).related_all(label).help(help));
    }
}
