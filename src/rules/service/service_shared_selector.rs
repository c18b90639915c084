//! `service-shared-selector`: see the page.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::model::Network;
use crate::model::labels::Operator;
use crate::model::ports::PortRef;
use crate::model::services::Service;
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/service-shared-selector.md"),
    check: Check::Network(check),
};

/// Labels that a selector asks for, sorted.
type Wanted<'a> = Vec<(&'a str, &'a str)>;

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    let mut first: BTreeMap<(&str, Wanted<'_>), &Service<'_>> = BTreeMap::new();
    for service in &network.services.all {
        let is_plain = service.kind() == Some("ClusterIP")
            && !service.is_headless()
            && service.object.resource.metadata.annotations.is_absent();
        if !is_plain || service.is_patched {
            continue;
        }
        let Some(selector) = selector(service) else { continue };
        let earlier = *first.entry((service.namespace, selector)).or_insert(service);
        // One name twice is one Service in two files.
        if earlier.object.name() != service.object.name() {
            findings.extend(compare(earlier, service));
        }
    }
}

fn selector<'a>(service: &Service<'a>) -> Option<Wanted<'a>> {
    let selector = service.selector.as_ref().filter(|selector| selector.is_known())?;
    let labels = selector.requirements.iter().map(|requirement| match &requirement.operator {
        Operator::In(values) if values.len() == 1 => Some((requirement.key, values[0])),
        _ => None,
    });
    let mut labels: Vec<_> = labels.collect::<Option<_>>()?;
    labels.sort_unstable();
    Some(labels)
}

fn compare(earlier: &Service<'_>, service: &Service<'_>) -> Option<Diagnostic> {
    for port in service.ports() {
        let same = |other: &crate::model::services::ServicePortView<'_>| {
            other.number.is_some() && (other.number, other.protocol) == (port.number, port.protocol)
        };
        let Some(other) = earlier.ports().find(same) else { continue };
        let (Some(target), Some(other_target)) = (port.target, other.target) else { continue };
        // A name may be that of the number.
        let comparable = matches!(
            (target, other_target),
            (PortRef::Number(_), PortRef::Number(_)) | (PortRef::Name(_), PortRef::Name(_))
        );
        if !comparable {
            continue;
        }
        let (name, other_name) = (service.object.name(), earlier.object.name());
        let number = port.number?;
        let place = port.source.port.span()?;
        let message = match target == other_target {
            true => format!(
                "port {number} of the Service `{name}` does what that of the Service `{other_name}` does"
            ),
            false => format!(
                "port {number} of the Service `{name}` leads to {target} on the pods that the Service `{other_name}` leads to at {other_target}"
            ),
        };
        let label = other.source.port.span().unwrap_or(other.span);
        return Some(
            Diagnostic::info(place.label(""), message)
                .related(label.label(format!("port {number} of the Service `{other_name}`")))
                .help("keep one of them, or select other pods"),
        );
    }
    None
}
