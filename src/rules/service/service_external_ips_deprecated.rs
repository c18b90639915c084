//! `service-external-ips-deprecated`: see the page.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Field, Network};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-external-ips-deprecated.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    for service in &network.services.all {
        let addresses = service.spec.external_ips.items();
        let Some(first) = addresses.first().and_then(Field::known) else { continue };
        let count = match addresses.len() {
            1 => "an address".to_owned(),
            count => format!("{count} addresses"),
        };
        let message = format!(
            "the Service `{}` takes {count} by `externalIPs`, which is deprecated since Kubernetes 1.36",
            service.object.name()
        );
        findings.add(
            Diagnostic::info(first.label(""), message)
                .help("use a Service of type LoadBalancer, or a Gateway"),
        );
    }
}
