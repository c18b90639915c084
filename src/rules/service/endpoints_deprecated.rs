//! `endpoints-deprecated`: see the page.

use crate::diagnostic::Diagnostic;
use crate::model::Network;
use crate::model::endpoint_objects::{Form, endpoint_objects};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/endpoints-deprecated.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let server = network.versions.newest_api_server();
    if server.is_some_and(|server| server.version.minor_version() < (1, 33)) {
        return;
    }
    for endpoints in endpoint_objects(&network.objects) {
        if let Form::Endpoints(_) = endpoints.form {
            let name = endpoints.object.name();
            let message =
                format!("Endpoints `{name}`: the API is deprecated since Kubernetes 1.33");
            findings.add(
                Diagnostic::info(endpoints.object.label(""), message)
                    .help("write an EndpointSlice with the label `kubernetes.io/service-name`"),
            );
        }
    }
}
