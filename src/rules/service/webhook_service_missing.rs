//! `webhook-service-missing`: see the page.

use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::model::Network;
use crate::model::api_calls::{Loss, LostApiCall, lost_api_calls};
use crate::rules::{Check, Findings, Rule};

pub const RULE: Rule = Rule {
    page: include_str!("../../../rules/service/webhook-service-missing.md"),
    check: Check::Network(check),
};

fn check(network: &Network<'_>, findings: &mut Findings<'_>) {
    // An overlay may change either side; nothing is rendered here.
    let may_change = network.objects.iter().any(|object| object.kind() == "Kustomization");
    for lost in lost_api_calls(network) {
        let severity = match lost.loss {
            Loss::Port(..) if !may_change && !lost.may_fail => Severity::Error,
            _ => Severity::Warning,
        };
        findings.add(diagnostic(&lost, severity));
    }
}

fn diagnostic(lost: &LostApiCall<'_, '_>, severity: Severity) -> Diagnostic {
    let LostApiCall { object, namespace, name, .. } = lost;
    let who = format!("{} `{}`", object.kind(), object.name());
    let (message, label): (String, Option<Label>) = match lost.loss {
        Loss::Port(port, service) => {
            let mut numbers: Vec<u16> = service.ports().filter_map(|view| view.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            let listens: Vec<String> = numbers.iter().map(u16::to_string).collect();
            let listens = listens.join(", ");
            let place = service.spec.ports.span().unwrap_or(service.object.span());
            let label = place.label(format!("the ports of `{name}`"));
            let message = format!(
                "{who} calls port {port} of Service `{name}`, which listens on {listens} only"
            );
            (message, Some(label))
        }
        Loss::Service(None) => {
            (format!("{who}: no Service `{name}` in namespace `{namespace}`"), None)
        }
        Loss::Service(Some(near)) if near.object.name() == *name => {
            let lies_in = near.object.namespace();
            let message = format!(
                "{who}: Service `{name}` lies in namespace `{lies_in}`, not in `{namespace}`"
            );
            (message, Some(near.object.label("the Service of this name")))
        }
        Loss::Service(Some(near)) => {
            let label = near.object.label(format!("did you mean `{}`?", near.object.name()));
            (format!("{who}: no Service `{name}` in namespace `{namespace}`"), Some(label))
        }
    };
    let help = match (object.kind(), lost.may_fail) {
        ("APIService", _) => {
            "until it is there, the API group is not served, and namespaces cannot be deleted"
        }
        ("CustomResourceDefinition", _) => {
            "until it is there, objects of other versions cannot be read"
        }
        (_, true) => "until it is there, the webhook is skipped (`failurePolicy: Ignore`)",
        (_, false) => "until it is there, every request that the webhook is asked about fails",
    };
    Diagnostic::new(severity, lost.span.label(""), message).related_all(label).help(help)
}
